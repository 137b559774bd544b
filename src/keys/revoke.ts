// The emergency: a key that others may have is forgotten at once, and every token that it signed is worthless.
import type { KeyNeeds } from './change.js'
import { changeKeys } from './change.js'
import type { KeyLife, KeySettings, KeyState, Step } from './lifecycle.js'
import { findKey, planSuccession, stateOf } from './lifecycle.js'

/** What came of a revocation. */
export type KeyRevocation =
  /** `signsNow`: the key that had to take its place; null where none had to, or none waited and one was made. */
  | { readonly kind: 'revoked'; readonly state: KeyState; readonly signsNow: string | null }
  | { readonly kind: 'unknown' }

// For an algorithm that this instance does not sign with no key is made: it may be out of use, and to be rid of.
const planSuccessor = (key: KeyLife, rest: readonly KeyLife[], now: Date, settings: KeySettings): Step[] => {
  if (key.algorithm === settings.algorithm) return planSuccession(rest, now, settings)
  const next = findKey(rest, key.algorithm, 'next')
  return stateOf(key) === 'current' && next ? [{ kind: 'activate', kid: next.kid }] : []
}

/**
 * Forgets a key. If it signed, the next one does from now on, whether it was shown for long enough or not, and a new
 * one waits. Clients refresh; nobody is signed out. Throws UNAVAILABLE.
 */
export const revokeKey = (needs: KeyNeeds, kid: string): Promise<KeyRevocation> =>
  changeKeys<KeyRevocation>(needs, (keys, now) => {
    const key = keys.find(one => one.kid === kid)
    if (!key) return { steps: [], tell: { kind: 'unknown' } }
    const rest = keys.filter(one => one !== key)
    const succession = planSuccessor(key, rest, now, needs.keySettings)
    const successor = succession.find(step => step.kind === 'activate')
    return {
      steps: [{ kind: 'forget', kid }, ...succession],
      tell: { kind: 'revoked', state: stateOf(key), signsNow: successor?.kid ?? null },
    }
  })
