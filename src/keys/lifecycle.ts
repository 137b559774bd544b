// The life of a signing key, as rules over rows and a moment: next → current → retiring → gone. Pure: whoever holds the
// lock carries out the steps (change.ts). docs/decisions/0008-rotating-keys.md says why the times are what they are.
import type { Algorithm } from '../lib/algorithms.js'
import { addSeconds } from '../lib/clock.js'

/** What a key is at: published and waiting, signing, or verifying what it signed. One that is gone has no row. */
export type KeyState = 'next' | 'current' | 'retiring'

/** What the rules ask of a key's row. */
export interface KeyLife {
  readonly kid: string
  readonly algorithm: string
  readonly createdAt: Date
  /** Since when it is in the JWKS; null while another algorithm signs: the JWKS holds keys of one alone. */
  readonly shownAt: Date | null
  /** Since when it signs; null while it waits. */
  readonly activatedAt: Date | null
  /** Since when it signs no more. */
  readonly retiredAt: Date | null
}

/** What the lives of keys are measured by. All instances on one database have the same. */
export interface KeySettings {
  /** What signs (JWT_ALGORITHM). Keys of another are kept for a way back, and verify. */
  readonly algorithm: Algorithm
  /** JWT_SECRET; null: the one kept in the database. */
  readonly sharedSecret: string | null
  /** How long others may keep the JWKS; and how old an instance's own view of the keys may be. */
  readonly jwksMaxAgeSeconds: number
  readonly accessTokenSeconds: number
  /** How long a key signs; 0: until somebody asks. */
  readonly rotationDays: number
}

/** One change of one row. */
export type Step =
  | { readonly kind: 'forget'; readonly kid: string }
  | { readonly kind: 'show'; readonly kid: string }
  | { readonly kind: 'hide'; readonly kid: string }
  | { readonly kind: 'retire'; readonly kid: string }
  | { readonly kind: 'activate'; readonly kid: string }
  | { readonly kind: 'make'; readonly as: 'next' | 'current' }

const secondsOfDay = 86_400

/** The state of a key. */
export const stateOf = ({ activatedAt, retiredAt }: KeyLife): KeyState =>
  retiredAt ? 'retiring' : activatedAt ? 'current' : 'next'

/** Since when a key is in its state. */
export const sinceOf = ({ createdAt, shownAt, activatedAt, retiredAt }: KeyLife): Date =>
  retiredAt ?? activatedAt ?? shownAt ?? createdAt

/** How many seconds the keys of an algorithm have been in each state; the longest where there are several. */
export const agesOf = (
  keys: readonly KeyLife[],
  algorithm: string,
  now: Date,
): Partial<Record<KeyState, number>> => {
  const ages: Partial<Record<KeyState, number>> = {}
  for (const key of keys) {
    if (key.algorithm !== algorithm) continue
    const state = stateOf(key)
    ages[state] = Math.max(ages[state] ?? 0, (now.getTime() - sinceOf(key).getTime()) / 1000)
  }
  return ages
}

/** The key of an algorithm that is in a state which only one can be in. */
export const findKey = <K extends KeyLife>(
  keys: readonly K[],
  algorithm: string,
  state: 'next' | 'current',
): K | undefined => keys.find(key => key.algorithm === algorithm && stateOf(key) === state)

// What clocks of instances may differ by, and a commit may come after the moment that it wrote.
const marginSeconds = ({ jwksMaxAgeSeconds }: KeySettings): number => Math.min(30, jwksMaxAgeSeconds / 10)

/**
 * From when on a key may sign: an instance learns of it within one max-age or calls its JWKS stale, and a cache that
 * was filled just before holds that for another. Null: it is not shown.
 */
export const readyAt = ({ shownAt }: KeyLife, settings: KeySettings): Date | null =>
  shownAt && addSeconds(shownAt, 2 * settings.jwksMaxAgeSeconds + marginSeconds(settings))

/** From when on no token of a retired key can be alive, nor any instance sign with it. */
export const goneAt = (retiredAt: Date, settings: KeySettings): Date =>
  addSeconds(
    retiredAt,
    settings.accessTokenSeconds + 2 * settings.jwksMaxAgeSeconds + marginSeconds(settings),
  )

/** When the schedule wants the current key replaced; null: never by itself. */
export const rotationDueAt = (activatedAt: Date, { rotationDays }: KeySettings): Date | null =>
  rotationDays === 0 ? null : addSeconds(activatedAt, rotationDays * secondsOfDay)

/**
 * How the keys that sign and wait are to change by now: not at all, most of the time. `asked` rotates before the
 * schedule does. A shared secret (HS256) has no successor: the operator changes it.
 */
export const planSuccession = (
  keys: readonly KeyLife[],
  now: Date,
  settings: KeySettings,
  { asked = false }: { readonly asked?: boolean } = {},
): Step[] => {
  if (settings.algorithm === 'HS256') return []
  const current = findKey(keys, settings.algorithm, 'current')
  const next = findKey(keys, settings.algorithm, 'next')
  const makeNext: Step = { kind: 'make', as: 'next' }
  if (!current) {
    // The first start, or an emergency: what others have seen, for however short a time, before what nobody has.
    return [next ? { kind: 'activate', kid: next.kid } : { kind: 'make', as: 'current' }, makeNext]
  }
  if (!next) return [makeNext]
  const dueAt = current.activatedAt && rotationDueAt(current.activatedAt, settings)
  const isDue = asked || (dueAt !== null && dueAt <= now)
  const from = readyAt(next, settings)
  if (!isDue || !from || from > now) return []
  return [{ kind: 'retire', kid: current.kid }, { kind: 'activate', kid: next.kid }, makeNext]
}

/** The keys that are in the JWKS from now on and were not noted as such. */
const planShown = (keys: readonly KeyLife[], { algorithm }: KeySettings): Step[] =>
  keys
    .filter(key => key.algorithm === algorithm && !key.shownAt)
    .map(({ kid }): Step => ({ kind: 'show', kid }))

/** Which keys enter the JWKS and which leave it when an instance starts to sign with an algorithm: none, most of the time. */
export const planAlgorithm = (keys: readonly KeyLife[], settings: KeySettings): Step[] => [
  ...planShown(keys, settings),
  ...keys
    .filter(key => key.algorithm !== settings.algorithm && key.shownAt)
    .map(({ kid }): Step => ({ kind: 'hide', kid })),
]

/** All that is to be done by now: keys to forget and to show, and the succession. */
export const planUpkeep = (keys: readonly KeyLife[], now: Date, settings: KeySettings): Step[] => [
  ...keys
    .filter(({ retiredAt }) => retiredAt && goneAt(retiredAt, settings) <= now)
    .map(({ kid }): Step => ({ kind: 'forget', kid })),
  // An instance of another algorithm that started last, and is gone, has noted that they are not.
  ...planShown(keys, settings),
  ...planSuccession(keys, now, settings),
]
