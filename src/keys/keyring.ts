// The keys of this instance: which one signs, which ones verify, and the JWKS that others read. All answers come from
// memory; what is in memory follows the database, and an instance that cannot follow it vouches for nothing new.
import type { Stopwatch } from '../lib/clock.js'
import { addSeconds } from '../lib/clock.js'
import { unavailable } from '../lib/errors.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'
import { shareCalls, shareNextCall } from '../lib/share-calls.js'
import { StartError } from '../lib/start-error.js'
import type { KeyNeeds } from './change.js'
import type { KeyMaterial } from './key-material.js'
import type { Jwks, KeyView } from './key-view.js'
import { viewKeys } from './key-view.js'
import type { KeyState } from './lifecycle.js'
import { agesOf, planUpkeep } from './lifecycle.js'
import { rotateWhenDue, showKeysOfAlgorithm } from './rotate.js'
import { findKeys } from './store.js'

/** The names of keys. */
export interface FreshKids {
  /** Whose tokens are accepted: all keys in the database, of whatever algorithm. */
  readonly accepted: readonly string[]
  /** Those of them in the JWKS. */
  readonly shown: readonly string[]
}

/** The keys in memory. */
export interface Keyring {
  /** The key that signs now. Whoever issues tokens awaits `readyToSign` before. Throws UNAVAILABLE without one. */
  current(): KeyMaterial
  /** The key of this `kid`, if it is one of ours. One that is not makes the keyring look anew, soon and aside. */
  find(kid: string): KeyMaterial | undefined
  /** Public keys for other services; a secret is never among them. */
  jwks(): Jwks
  /** Whether the JWKS is recent and whole, so that others may keep it for a max-age. */
  isFresh(): boolean
  /** The names of the keys; null where they were not looked at lately. */
  freshKids(): FreshKids | null
  /** When the keys were last looked at, by the stopwatch. */
  seenAt(): number
  /** How many seconds the keys of JWT_ALGORITHM have been in each state, as far as this instance knows. */
  ages(): Partial<Record<KeyState, number>>
  /** Whether the key that signs by now is one that this instance has. */
  canSign(): boolean
  /**
   * Resolves when `current` is what the database says, or did within the last max-age: no query then, else one. Throws
   * what a store out of reach throws, or UNAVAILABLE.
   */
  readyToSign(): Promise<void>
  /** Looks what the keys are now: one query. Whoever calls sees what was committed before the call. */
  reload(): Promise<void>
  /** Reloads, and does what is due: rotation on schedule, a next key, forgetting. To be called every few seconds. */
  tend(): Promise<void>
}

// Unknown kids are anybody's to send: they cause one query in so many seconds at most.
const brakeSeconds = 5

type Needs = Omit<KeyNeeds, 'keyring'> & { readonly log: Log; readonly stopwatch: Stopwatch }

const kidsOf = ({ rows, jwks }: KeyView): FreshKids => ({
  accepted: rows.map(({ kid }) => kid),
  shown: jwks.keys.map(({ kid }) => String(kid)),
})

const requireOpen = ({ closed: [kid] }: KeyView): void => {
  if (kid === undefined) return
  throw new StartError(
    `The signing key ${kid} in this database is damaged: restore it from a backup or, if there is none, remove it with ` +
      `'signet keys revoke ${kid}' and start again. Nothing was changed.`,
  )
}

/** Opens the keys, making the first at the first start. Throws StartError when one of them is damaged. */
export const openKeyring = async (needs: Needs): Promise<Keyring> => {
  const { db, clock, stopwatch, log, keySettings } = needs
  const { jwksMaxAgeSeconds } = keySettings
  let view = viewKeys([], new Map(), needs)
  let loadedAt = new Date(0)
  let seenAt = Number.NEGATIVE_INFINITY
  let triedAt = new Date(0)
  let [begun, adopted] = [0, 0]

  const load = async (): Promise<void> => {
    begun += 1
    const turn = begun
    const now = clock()
    const at = stopwatch()
    const rows = await findKeys(db.prisma)
    // Of two looks that overlap, the later one saw more.
    if (turn < adopted) return
    adopted = turn
    const before = view
    view = viewKeys(rows, before.byKid, needs)
    loadedAt = now
    seenAt = at
    if (view.closed.some(kid => !before.closed.includes(kid))) {
      log.warn('a signing key cannot be opened: restart this instance with the SIGNET_SECRET of the others')
    }
  }
  const isRecent = (): boolean => {
    const now = clock()
    return loadedAt <= now && now < addSeconds(loadedAt, jwksMaxAgeSeconds)
  }
  const isFresh = (): boolean => isRecent() && view.closed.length === 0
  const isDue = (): boolean => planUpkeep(view.rows, clock(), keySettings).length > 0

  const reload = shareNextCall(load)
  const tend = shareCalls(async () => {
    await reload()
    if (!isDue() || view.closed.length > 0) return
    await rotateWhenDue(needs)
    // Another instance may have been first.
    await reload()
  })
  const tendAside = (): void => {
    const now = clock()
    if (triedAt <= now && now < addSeconds(triedAt, brakeSeconds)) return
    triedAt = now
    tend().catch((error: unknown) =>
      log.warn({ fault: describeFault(error) }, 'the signing keys could not be looked up'),
    )
  }

  await reload()
  requireOpen(view)
  await showKeysOfAlgorithm(needs, view.rows)
  await tend()
  if (!view.signing) throw new StartError('The database holds no signing key and none could be made.')

  const requireSigning = (): KeyMaterial => {
    if (view.signing) return view.signing
    throw unavailable(new Error('no key signs: it is sealed with another SIGNET_SECRET, or was removed'))
  }

  return {
    current: requireSigning,
    find: kid => {
      const key = view.byKid.get(kid)
      if (!key) tendAside()
      return key
    },
    jwks: () => {
      if (!isRecent()) tendAside()
      return view.jwks
    },
    isFresh,
    freshKids: () => (isRecent() ? kidsOf(view) : null),
    seenAt: () => seenAt,
    ages: () => agesOf(view.rows, keySettings.algorithm, clock()),
    canSign: () => view.signing !== null,
    readyToSign: async () => {
      if (!isRecent()) {
        await load()
        // What became due meanwhile is done without holding up who asks.
        if (isDue()) tendAside()
      }
      requireSigning()
    },
    reload,
    tend,
  }
}
