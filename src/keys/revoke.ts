// The emergency: a key that others may have is forgotten at once, and every token that it signed is worthless.
import type { KeyNeeds } from './change.js'
import { changeKeys } from './change.js'
import type { KeyState } from './lifecycle.js'
import { planSuccession, stateOf } from './lifecycle.js'

/** What came of a revocation. */
export type KeyRevocation =
  /** `signsNow`: the key that had to take its place; null where none had to, or none waited and one was made. */
  | { readonly kind: 'revoked'; readonly state: KeyState; readonly signsNow: string | null }
  | { readonly kind: 'unknown' }

/**
 * Forgets a key. If it signed, the next one does from now on, whether it was shown for long enough or not, and a new
 * one waits. Clients refresh; nobody is signed out. Throws UNAVAILABLE.
 */
export const revokeKey = (needs: KeyNeeds, kid: string): Promise<KeyRevocation> =>
  changeKeys<KeyRevocation>(needs, (keys, now) => {
    const key = keys.find(one => one.kid === kid)
    if (!key) return { steps: [], tell: { kind: 'unknown' } }
    const rest = keys.filter(one => one !== key)
    const succession = planSuccession(rest, now, needs.keySettings)
    const successor = succession.find(step => step.kind === 'activate')
    return {
      steps: [{ kind: 'forget', kid }, ...succession],
      tell: { kind: 'revoked', state: stateOf(key), signsNow: successor?.kid ?? null },
    }
  })
