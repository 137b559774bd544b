// The signing keys of a database, and what will become of each: for the command line and for administrators.
import type { KeyNeeds } from './change.js'
import type { KeyLife, KeySettings, KeyState } from './lifecycle.js'
import { findKey, goneAt, readyAt, rotationDueAt, sinceOf, stateOf } from './lifecycle.js'
import { findKeys } from './store.js'

/** What happens to a key next, as far as the schedule says. */
export type KeyProspect =
  /** It takes the place of the current one; at no time of its own (`at` null) without a schedule; never before `from`. */
  | { readonly kind: 'signs'; readonly from: Date; readonly at: Date | null }
  /** The next one takes its place. */
  | { readonly kind: 'retires'; readonly at: Date | null }
  /** It leaves the JWKS and verifies no more. */
  | { readonly kind: 'goes'; readonly at: Date }
  /** It verifies what it signed, and is kept in case JWT_ALGORITHM is set back. */
  | { readonly kind: 'stays' }

/** A signing key, without what is secret in it. */
export interface ListedKey {
  readonly kid: string
  readonly algorithm: string
  readonly state: KeyState
  /** Since when it is in that state. */
  readonly since: Date
  readonly prospect: KeyProspect
}

const latest = (...moments: readonly Date[]): Date => new Date(Math.max(...moments.map(Number)))

const prospectOf = (keys: readonly KeyLife[], key: KeyLife, settings: KeySettings): KeyProspect => {
  if (key.retiredAt) return { kind: 'goes', at: goneAt(key.retiredAt, settings) }
  const from = readyAt(key, settings)
  if (key.algorithm !== settings.algorithm || !from) return { kind: 'stays' }
  const current = findKey(keys, key.algorithm, 'current')
  const next = findKey(keys, key.algorithm, 'next')
  const dueAt = current?.activatedAt ? rotationDueAt(current.activatedAt, settings) : null
  const nextFrom = next && readyAt(next, settings)
  const at = dueAt && nextFrom ? latest(dueAt, nextFrom) : dueAt
  return key.activatedAt ? { kind: 'retires', at } : { kind: 'signs', from, at }
}

const order: readonly KeyState[] = ['current', 'next', 'retiring']

/** All keys: those that sign first, then those that wait, then those that verify only. */
export const listKeys = async ({
  db,
  keySettings,
}: Pick<KeyNeeds, 'db' | 'keySettings'>): Promise<ListedKey[]> => {
  const keys = await findKeys(db.prisma)
  return keys
    .map(key => ({
      kid: key.kid,
      algorithm: key.algorithm,
      state: stateOf(key),
      since: sinceOf(key),
      prospect: prospectOf(keys, key, keySettings),
    }))
    .sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state))
}
