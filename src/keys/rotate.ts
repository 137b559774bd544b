// Makes the next key the current one, by hand or because the schedule says so.
import type { KeyNeeds } from './change.js'
import { changeKeys } from './change.js'
import type { KeyLife } from './lifecycle.js'
import { findKey, planAlgorithm, planSuccession, planUpkeep, readyAt } from './lifecycle.js'

/** What came of a rotation that somebody asked for. */
export type Rotation =
  /** `kid` signs from now on; `retiredKid`, which signed before it, verifies until its last token has expired. */
  | { readonly kind: 'rotated'; readonly kid: string; readonly retiredKid: string }
  /** Nothing was changed: the next key has not been shown for long enough, and may sign from `readyAt` on. */
  | { readonly kind: 'waiting'; readonly kid: string; readonly readyAt: Date }
  /** Nothing was changed: this algorithm has no key that signs and one that waits; instances that use it make them. */
  | { readonly kind: 'none' }
  /** HS256 has one key, the operator's JWT_SECRET or the one derived for it. */
  | { readonly kind: 'shared-secret' }

/** Rotates now. Of two who ask at the same moment one rotates; the other finds a key that waits. Throws UNAVAILABLE. */
export const rotateKeys = async (needs: KeyNeeds): Promise<Rotation> => {
  const { keySettings } = needs
  if (keySettings.algorithm === 'HS256') return { kind: 'shared-secret' }
  return changeKeys<Rotation>(needs, (keys, now) => {
    const current = findKey(keys, keySettings.algorithm, 'current')
    const next = findKey(keys, keySettings.algorithm, 'next')
    const from = next && readyAt(next, keySettings)
    if (!current || !from) return { steps: [], tell: { kind: 'none' } }
    const steps = planSuccession(keys, now, keySettings, { asked: true })
    return {
      steps,
      tell:
        steps.length > 0
          ? { kind: 'rotated', kid: next.kid, retiredKid: current.kid }
          : { kind: 'waiting', kid: next.kid, readyAt: from },
    }
  })
}

/** Does what is due by now: rotates on schedule, makes a next key where none waits, forgets what is gone. */
export const rotateWhenDue = (needs: KeyNeeds): Promise<void> =>
  changeKeys(needs, (keys, now) => ({ steps: planUpkeep(keys, now, needs.keySettings), tell: undefined }))

/**
 * Notes which keys are in the JWKS from now on, if that changes: those of an algorithm that is taken up again count as
 * shown since then, however old they are. Those of others are hidden at the start only: while instances of two
 * algorithms run, neither goes on to undo what the other noted.
 */
export const showKeysOfAlgorithm = async (needs: KeyNeeds, keys: readonly KeyLife[]): Promise<void> => {
  if (planAlgorithm(keys, needs.keySettings).length === 0) return
  await changeKeys(needs, now => ({ steps: planAlgorithm(now, needs.keySettings), tell: undefined }))
}
