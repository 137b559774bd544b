// What a verifier is made from, checked whole when it is made.
import type { Clock, Stopwatch } from '../lib/clock.js'
import { systemClock, systemStopwatch } from '../lib/clock.js'

/** How to follow Signet's revocations. */
export interface RevocationOptions {
  /** What `signet clients create` printed; undefined, as from an environment that lacks it, is refused with a word. */
  readonly credential: string | undefined
  /** The feed; `<issuer>/revocations` unless given. */
  readonly url?: string
  /** After so many seconds without word of revocations, UNAVAILABLE is answered. At least 5; 60 unless given. */
  readonly budgetSeconds?: number
}

/** What a verifier is made from. */
export interface VerifierOptions {
  /** The claim `iss`, exactly: JWT_ISSUER or SIGNET_PUBLIC_URL of Signet. */
  readonly issuer: string
  /** What of the claim `aud` is accepted: one of JWT_AUDIENCE of Signet. */
  readonly audience: string | readonly string[]
  /** Null: a token is believed until it expires, whoever was signed out. */
  readonly revocations: RevocationOptions | null
  /** Signet's keys; `<issuer>/.well-known/jwks.json` unless given. */
  readonly jwksUrl?: string
  /** The longest lifetime that is believed, in seconds; what Signet can be set to at most, a day, unless given. */
  readonly accessTokenSeconds?: number
  /** How long the first verification waits for keys and revocations, in seconds; 5 unless given. */
  readonly firstWaitSeconds?: number
  /** Told of what goes wrong with Signet, once until it goes right again; without secrets. */
  readonly onFault?: (fault: Error) => void
  readonly clock?: Clock
  readonly stopwatch?: Stopwatch
  readonly fetch?: typeof fetch
  /** From 0 to 1: spreads the returns of many services. */
  readonly random?: () => number
}

/** Where the time, the network and chance come from. */
export interface Surroundings {
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  readonly fetch: typeof fetch
  readonly random: () => number
  readonly onFault: (fault: Error) => void
}

/** How revocations are followed, with every default. */
export interface RevocationSettings {
  readonly credential: string
  readonly url: string
  readonly budgetSeconds: number
}

/** Options with every default. */
export interface VerifierSettings extends Surroundings {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly jwksUrl: string
  readonly accessTokenSeconds: number
  readonly firstWaitSeconds: number
  readonly revocations: RevocationSettings | null
}

const fail = (message: string): never => {
  throw new TypeError(`createVerifier: ${message}`)
}

/** A name that is misspelt would be an option that is silently not used. */
const requireKnown = (prefix: string, given: object, known: Readonly<Record<string, true>>): void => {
  const strange = Object.keys(given).find(name => !Object.hasOwn(known, name))
  if (strange !== undefined) {
    const names = Object.keys(known).join(', ')
    fail(`${prefix}${strange} is no option; there are ${names}`)
  }
}

const requireFunction = <F extends (...args: never[]) => unknown>(name: string, value: F): F =>
  typeof value === 'function' ? value : fail(`${name} must be a function`)

const readAddress = (name: string, text: string): string => {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password
    ? url.href
    : fail(`${name} must be an http or https address without credentials`)
}

const readNumber = (name: string, value: number, least: number, most: number): number =>
  typeof value === 'number' && value >= least && value <= most
    ? value
    : fail(`${name} must be a number from ${least} to ${most}`)

const below = (issuer: string, path: string): string => `${issuer.replace(/\/+$/, '')}${path}`

const revocationNames: Record<keyof RevocationOptions, true> = {
  credential: true,
  url: true,
  budgetSeconds: true,
}

const readRevocations = (issuer: string, options: RevocationOptions): RevocationSettings => {
  if (typeof options !== 'object') fail('revocations must say how to follow them, or be null to do without')
  requireKnown('revocations.', options, revocationNames)
  const { credential = '', url = below(issuer, '/revocations'), budgetSeconds = 60 } = options
  return {
    // Not repeated: it is a secret.
    credential: /^signet_feed_[\w-]{64}$/.test(credential)
      ? credential
      : fail('revocations.credential must be what `signet clients create` printed'),
    url: readAddress('revocations.url', url),
    budgetSeconds: readNumber('revocations.budgetSeconds', budgetSeconds, 5, 86_400),
  }
}

const optionNames: Record<keyof VerifierOptions, true> = {
  issuer: true,
  audience: true,
  revocations: true,
  jwksUrl: true,
  accessTokenSeconds: true,
  firstWaitSeconds: true,
  onFault: true,
  clock: true,
  stopwatch: true,
  fetch: true,
  random: true,
}

/** Checks options and fills in what is absent. Throws TypeError that says what to change. */
export const readOptions = (options: VerifierOptions): VerifierSettings => {
  if (typeof options !== 'object' || options === null) fail('options must be given')
  requireKnown('', options, optionNames)
  const {
    issuer,
    audience,
    jwksUrl,
    revocations,
    accessTokenSeconds = 86_400,
    firstWaitSeconds = 5,
  } = options
  if (typeof issuer !== 'string' || issuer === '') fail('issuer must be the claim iss of Signet’s tokens')
  const audiences = Array.isArray(audience) ? [...audience] : [audience]
  if (audiences.length === 0 || audiences.some(one => typeof one !== 'string' || one === ''))
    fail('audience must name what this service accepts')
  return {
    issuer,
    audience: audiences,
    jwksUrl: readAddress('jwksUrl', jwksUrl ?? below(issuer, '/.well-known/jwks.json')),
    accessTokenSeconds: readNumber('accessTokenSeconds', accessTokenSeconds, 1, 86_400),
    firstWaitSeconds: readNumber('firstWaitSeconds', firstWaitSeconds, 0, 60),
    revocations: revocations === null ? null : readRevocations(issuer, revocations),
    clock: requireFunction('clock', options.clock ?? systemClock),
    stopwatch: requireFunction('stopwatch', options.stopwatch ?? systemStopwatch),
    fetch: requireFunction('fetch', options.fetch ?? fetch),
    random: requireFunction('random', options.random ?? Math.random),
    onFault: requireFunction('onFault', options.onFault ?? (() => {})),
  }
}
