// Changes keys: in one transaction, under one lock, planned from what is there once the lock is held. So two instances
// that rotate at once rotate once, and a crash leaves either all of a change or nothing of it.
import type { Database, Db } from '../engines/database.js'
import { inTransaction } from '../engines/database.js'
import type { Clock } from '../lib/clock.js'
import { SignetError } from '../lib/errors.js'
import type { KeyMaterial, PairAlgorithm } from './key-material.js'
import { generateKey } from './key-material.js'
import type { KeySettings, Step } from './lifecycle.js'
import type { StoredKey } from './store.js'
import { deleteKey, findKeys, insertKey, lockKeys, notifyKeysChanged, updateKey } from './store.js'
import type { Vault } from './vault.js'

/** What functions over keys take as their first parameter. */
export interface KeyNeeds {
  readonly db: Database
  readonly clock: Clock
  readonly vault: Vault
  readonly keySettings: KeySettings
  /** This instance's own, so that it follows before it answers; the command line has none. */
  readonly keyring?: { reload(): Promise<void> }
}

/** What is to become of the keys, from what they are now; `tell` is handed back to who asked. */
export type Decide<T> = (
  keys: readonly StoredKey[],
  now: Date,
) => { readonly steps: readonly Step[]; readonly tell: T }

type MakeKey = () => Promise<KeyMaterial>

const makes = (steps: readonly Step[]): number => steps.filter(({ kind }) => kind === 'make').length

// An RSA key can take a second to find: it is there before anybody waits for the lock.
const prepareKeys = async (algorithm: PairAlgorithm, count: number): Promise<MakeKey> => {
  const ready = await Promise.all(Array.from({ length: count }, () => generateKey(algorithm)))
  return async () => ready.pop() ?? generateKey(algorithm)
}

const takeStep = async (
  tx: Db,
  { vault }: KeyNeeds,
  step: Step,
  now: Date,
  makeKey: MakeKey,
): Promise<unknown> => {
  switch (step.kind) {
    case 'forget':
      return deleteKey(tx, step.kid)
    case 'show':
      return updateKey(tx, step.kid, { shownAt: now })
    case 'hide':
      return updateKey(tx, step.kid, { shownAt: null })
    case 'retire':
      return updateKey(tx, step.kid, { retiredAt: now })
    case 'activate':
      return updateKey(tx, step.kid, { activatedAt: now })
    case 'make': {
      const key = await makeKey()
      const { kid, algorithm } = key
      const activatedAt = step.as === 'current' ? now : null
      const sealedPrivate = vault.sealKey(key)
      const moments = { createdAt: now, shownAt: now, activatedAt, retiredAt: null }
      return insertKey(tx, { kid, algorithm, sealedPrivate, ...moments })
    }
  }
}

// Else it would seal a key that no instance with the new secret can open.
const requireOwnSeal = async (db: Db, vault: Vault): Promise<void> => {
  if (!(await vault.isCurrent(db))) {
    throw new SignetError(
      'UNAVAILABLE',
      'This instance still runs with the SIGNET_SECRET that was replaced: restart it with the new one.',
      { retryAfterSeconds: 60 },
    )
  }
}

/**
 * Carries out what `decide` says, and tells every instance if that was anything. Throws UNAVAILABLE on an instance
 * whose SIGNET_SECRET was replaced since it started.
 */
export const changeKeys = async <T>(needs: KeyNeeds, decide: Decide<T>): Promise<T> => {
  const { db, clock, vault, keySettings } = needs
  await requireOwnSeal(db.prisma, vault)
  const { algorithm } = keySettings
  const expected = makes(decide(await findKeys(db.prisma), clock()).steps)
  const makeKey = await prepareKeys(algorithm === 'HS256' ? 'RS256' : algorithm, expected)
  const tell = await inTransaction(db, async tx => {
    await lockKeys(tx)
    await requireOwnSeal(tx, vault)
    const now = clock()
    const decision = decide(await findKeys(tx), now)
    for (const step of decision.steps) await takeStep(tx, needs, step, now, makeKey)
    if (decision.steps.length > 0) await notifyKeysChanged(tx)
    return decision.tell
  })
  // Also where nothing was left to do, for then another instance did it. It is done, whatever comes of this look: an
  // instance that cannot look now follows within seconds.
  await needs.keyring?.reload().catch(() => undefined)
  return tell
}
