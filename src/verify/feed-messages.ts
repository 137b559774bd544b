// What the feed says, parsed. Anything that cannot be understood throws: who skipped it could not vouch any more.
import type { Revocation, RevocationKind } from '../revocation/revocation.js'
import { revocationKinds, revocationReasons } from '../revocation/revocation.js'

/** The names of the keys in the JWKS; null where the instance that was asked has not looked lately. */
export type Kids = readonly string[] | null

/** What a heartbeat says. */
export interface Heartbeat {
  /** Until when, on the server's stopwatch in seconds, everything was told. */
  readonly heardUntil: number
  readonly kids: Kids
}

/** A page of the feed. */
export interface Page {
  readonly newest: number
  readonly startAnew: boolean
  readonly more: boolean
  readonly records: readonly Revocation[]
  readonly kids: Kids
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

const toKids = (value: unknown): Kids => {
  if (value === null) return null
  if (!Array.isArray(value) || value.length > maxKids) return fail()
  return value.map(kid => (typeof kid === 'string' ? kid : fail()))
}

/** Reads the data of a record. */
export const parseRecord = (json: string): Revocation => toRecord(parseJson(json))

/** Reads the data of `hello`: the moment on the server's stopwatch, in seconds. */
export const parseHello = (json: string): number => finite(parseJson(json).now)

/** Reads the data of a heartbeat. */
export const parseHeartbeat = (json: string): Heartbeat => {
  const { heardUntil, kids } = parseJson(json)
  return { heardUntil: finite(heardUntil), kids: toKids(kids) }
}

/** Reads a page. */
export const parsePage = (json: string): Page => {
  const { newest, startAnew, more, records, kids } = parseJson(json)
  if (typeof startAnew !== 'boolean' || typeof more !== 'boolean' || !Array.isArray(records)) return fail()
  return { newest: whole(newest), startAnew, more, records: records.map(toRecord), kids: toKids(kids) }
}
