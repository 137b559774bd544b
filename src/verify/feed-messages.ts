// What the feed says, parsed. Anything that cannot be understood throws: who skipped it could not vouch any more.
import type { Revocation, RevocationKind } from '../revocation/revocation.js'
import { revocationKinds, revocationReasons } from '../revocation/revocation.js'

/** The names of Signet's keys. */
export interface KeyNames {
  /** Whose tokens it accepts. */
  readonly accepted: readonly string[]
  /** Those of them in its JWKS. */
  readonly shown: readonly string[]
}

/** What Signet says of its tokens. */
export interface TokenFacts {
  /** The names of its keys; null where the instance that was asked has not looked lately. */
  readonly kids: KeyNames | null
  /** The longest lifetime that it believes. */
  readonly accessTokenSeconds: number
}

/** What a heartbeat says. */
export interface Heartbeat extends TokenFacts {
  /** Until when, on the server's stopwatch in seconds, everything was told. */
  readonly heardUntil: number
}

/** A page of the feed. */
export interface Page extends TokenFacts {
  readonly startAnew: boolean
  readonly more: boolean
  readonly records: readonly Revocation[]
}

const fail = (): never => {
  throw new Error('says what this version does not understand')
}

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : fail()

const parseJson = (json: string): Record<string, unknown> => {
  try {
    return members(JSON.parse(json))
  } catch {
    return fail()
  }
}

const whole = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail()

const finite = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : fail()

const moment = (value: unknown): Date => {
  const date = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? fail() : date
}

const maxKids = 100

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

const subjectOf = (kind: RevocationKind, subject: unknown): string | null => {
  if (kind === 'EVERYBODY') return subject === null ? null : fail()
  return typeof subject === 'string' && uuid.test(subject) ? subject : fail()
}

const toRecord = (value: unknown): Revocation => {
  const { number, kind, subject, reason, revokedAt, expiresAt } = members(value)
  const known = revocationKinds.find(one => one === kind) ?? fail()
  return {
    number: whole(number),
    kind: known,
    subject: subjectOf(known, subject),
    // A reason of a newer Signet revokes as any other does.
    reason: revocationReasons.find(one => one === reason) ?? 'ADMIN',
    revokedAt: moment(revokedAt),
    expiresAt: moment(expiresAt),
  }
}

const toTexts = (value: unknown): string[] =>
  Array.isArray(value) && value.length <= maxKids
    ? value.map(kid => (typeof kid === 'string' ? kid : fail()))
    : fail()

const toKids = (value: unknown): KeyNames | null => {
  if (value === null) return null
  const { accepted, shown } = members(value)
  return { accepted: toTexts(accepted), shown: toTexts(shown) }
}

const factsIn = ({ kids, accessTokenSeconds }: Record<string, unknown>): TokenFacts => ({
  kids: toKids(kids),
  accessTokenSeconds: whole(accessTokenSeconds),
})

/** Reads the data of a record. */
export const parseRecord = (json: string): Revocation => toRecord(parseJson(json))

/** Reads the data of `hello`: the moment on the server's stopwatch, in seconds. */
export const parseHello = (json: string): number => finite(parseJson(json).now)

/** Reads the data of a heartbeat. */
export const parseHeartbeat = (json: string): Heartbeat => {
  const heartbeat = parseJson(json)
  return { heardUntil: finite(heartbeat.heardUntil), ...factsIn(heartbeat) }
}

/** Reads a page. */
export const parsePage = (json: string): Page => {
  const page = parseJson(json)
  const { startAnew, more, records } = page
  if (typeof startAnew !== 'boolean' || typeof more !== 'boolean' || !Array.isArray(records)) return fail()
  return { startAnew, more, records: records.map(toRecord), ...factsIn(page) }
}
