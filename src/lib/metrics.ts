// What Signet counts, for Prometheus. No label has more values than are written here: none names a user, a session or
// an address.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Algorithm } from './algorithms.js'
import type { ErrorCode } from './error-codes.js'
import { BadInputError, SignetError } from './errors.js'
import type { MetricsPage, Reading } from './metrics-together.js'
import type { ObserveVerification } from './verification-times.js'
import { observeVerifications } from './verification-times.js'

const refreshOutcomes = ['rotated', 'retried', 'raced', 'reused', 'rejected', 'unavailable'] as const
const loginOutcomes = ['succeeded', 'rejected', 'disabled', 'unavailable'] as const
const jwksOutcomes = ['full', 'not_modified'] as const
const keyStates = ['next', 'current', 'retiring'] as const
const revocationKinds = ['token', 'session', 'user', 'everybody'] as const

/** What came of a refresh. */
export type RefreshOutcome = (typeof refreshOutcomes)[number]

/** What came of a login. */
export type LoginOutcome = (typeof loginOutcomes)[number]

/** How the JWKS was answered: whole, or with a 304. */
export type JwksOutcome = (typeof jwksOutcomes)[number]

/** Seconds that signing keys have been in their state, the one that has been in it for longest; none where there is no key. */
export type SigningKeyAges = Readonly<Partial<Record<(typeof keyStates)[number], number>>>

/** What this instance knows of revocations. */
export interface RevocationReading {
  /** Since it last knew that it had heard every one. */
  readonly lagSeconds: number
  /** How many it holds in memory. */
  readonly records: Readonly<Record<(typeof revocationKinds)[number], number>>
}

/** The web sockets of this instance. */
export interface SocketReading {
  /** Without an access token yet. */
  readonly waiting: number
  readonly signedIn: number
  readonly subscriptions: number
}

/** Counts what happens, and prints it. */
export interface Metrics {
  countRefresh(outcome: RefreshOutcome): void
  countLogin(outcome: LoginOutcome): void
  readonly observeVerification: ObserveVerification
  countJwksRequest(outcome: JwksOutcome): void
  /** Reads these at every scrape from now on; called once. */
  observeSigningKeys(read: () => SigningKeyAges): void
  /** Reads these at every scrape from now on; called once. Without it the revocation metrics are absent. */
  observeRevocations(read: () => RevocationReading): void
  /** Reads these at every scrape from now on; called once. Without it the metrics of sockets are absent. */
  observeSockets(read: () => SocketReading): void
  /** Everything as values, to be put together with what other processes of this instance counted. */
  read(): Promise<Reading>
  /** Everything in Prometheus' text format, and its content type. */
  print(): Promise<MetricsPage>
}

/**
 * What a failed operation is counted as: by its code where `named` has it, else rejected; unavailable where nothing was
 * decided, be it that the store is out of reach or that Signet itself is at fault.
 */
export const outcomeOfFailure = <Outcome extends string = never>(
  error: unknown,
  named: Readonly<Partial<Record<ErrorCode, Outcome>>>,
): Outcome | 'rejected' | 'unavailable' => {
  if (error instanceof BadInputError) return 'rejected'
  if (!(error instanceof SignetError) || error.extensions.code === 'UNAVAILABLE') return 'unavailable'
  return named[error.extensions.code] ?? 'rejected'
}

interface Settings {
  /** Those of the process cost observers that live as long as it: only where asked. */
  readonly ofProcess: boolean
  /** What this Signet signs with: verifications of it are there from the start. */
  readonly algorithm: Algorithm
}

/** Makes the metrics of one Signet. */
export const createMetrics = ({ ofProcess, algorithm }: Settings): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  if (ofProcess) collectDefaultMetrics({ register: registry })

  // Each outcome is there from the start, at zero: else the first of its kind would be no increase.
  const countOutcomes = <Outcome extends string>(
    name: string,
    help: string,
    outcomes: readonly Outcome[],
  ): ((outcome: Outcome) => void) => {
    const counter = new Counter({ name, help, registers, labelNames: ['outcome'] })
    for (const outcome of outcomes) counter.inc({ outcome }, 0)
    return outcome => counter.inc({ outcome })
  }

  return {
    observeVerification: observeVerifications(registry, algorithm),
    countJwksRequest: countOutcomes(
      'signet_jwks_requests_total',
      'Requests for the JWKS by outcome. full: answered whole. not_modified: the caller had it (304).',
      jwksOutcomes,
    ),
    countRefresh: countOutcomes(
      'signet_refresh_total',
      'Refreshes by outcome. rotated: a new pair was given. retried: the same attempt came again, its answer had been lost. raced: the same token came again within the grace time, from two tabs or a client without attemptId. reused: an old token came again and its session was ended, a theft or a broken client. rejected: the client has to sign in again, or sent nonsense. unavailable: not decided, the database is out of reach or Signet at fault; the client keeps its session.',
      refreshOutcomes,
    ),
    countLogin: countOutcomes(
      'signet_login_total',
      'Logins with a password by outcome. succeeded. rejected: a wrong address or password; many mean that somebody guesses. disabled: the right password of a disabled account. unavailable: not decided, the database is out of reach or Signet at fault.',
      loginOutcomes,
    ),
    observeSigningKeys: read => {
      new Gauge({
        name: 'signet_signing_key_age_seconds',
        aggregator: 'max',
        help: 'Seconds that signing keys of JWT_ALGORITHM have been in their state, by state: next waits, current signs, of those that retire the one that has done so for longest. Absent with HS256.',
        registers,
        labelNames: ['state'],
        collect() {
          const ages = read()
          this.reset()
          for (const state of keyStates) {
            const age = ages[state]
            if (age !== undefined) this.set({ state }, age)
          }
        },
      })
    },
    observeRevocations: read => {
      new Gauge({
        name: 'signet_revocation_lag_seconds',
        aggregator: 'max',
        help: 'Seconds since this instance last knew that it had heard every revocation. While it grows, the instance may not know who was signed out.',
        registers,
        collect() {
          this.set(read().lagSeconds)
        },
      })
      new Gauge({
        name: 'signet_revocation_records',
        aggregator: 'max',
        help: 'Revocations that this instance holds in memory, by what they revoke: one access token, a session, all tokens of a user, those of everybody.',
        registers,
        labelNames: ['kind'],
        collect() {
          const { records } = read()
          for (const kind of revocationKinds) this.set({ kind }, records[kind])
        },
      })
    },
    observeSockets: read => {
      new Gauge({
        name: 'signet_sockets',
        help: 'Web sockets that are open, by state. waiting: no access token came yet. signed_in: told what happens to a session.',
        registers,
        labelNames: ['state'],
        collect() {
          const { waiting, signedIn } = read()
          this.set({ state: 'waiting' }, waiting)
          this.set({ state: 'signed_in' }, signedIn)
        },
      })
      new Gauge({
        name: 'signet_subscriptions',
        help: 'GraphQL subscriptions that go on.',
        registers,
        collect() {
          this.set(read().subscriptions)
        },
      })
    },
    read: () => registry.getMetricsAsJSON(),
    print: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
