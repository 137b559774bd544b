// What outlives a page: in cookie delivery how refreshes are named and no token; in body delivery the refresh token too,
// in the storage that the app chose.
import type { SignetEnvironment, SignetStorage } from './environment.js'
import { SignetError } from './errors.js'
import { oneNameMs, storageMs } from './waits.js'

/** The kept things of one client. */
export interface Vault {
  /**
   * The name to refresh under. It is the same for every tab and page until somebody's refresh was answered, for only under
   * its name is the same token worth a retry however late; and for a while after, for those that are still on the way.
   */
  beginAttempt(): Promise<string>
  /** The refresh that was begun last was answered. */
  endAttempt(): Promise<unknown>
  /** Null in cookie delivery. */
  readRefreshToken(): Promise<string | null>
  keepRefreshToken(token: string | null): Promise<unknown>
  /** Whether a sign-out has yet to be told to the server. */
  isLeaving(): Promise<boolean>
  /** One has; as well as that can be kept. */
  leave(): Promise<unknown>
  /** None has. */
  stay(): Promise<unknown>
  /** The session is over; as well as that can be kept, for the server knows. */
  forget(): Promise<unknown>
}

/** A storage that ends with the page. */
export const createMemoryStorage = (): SignetStorage => {
  const held = new Map<string, string>()
  return {
    get: key => held.get(key),
    set: (key, value) => held.set(key, value),
    remove: key => held.delete(key),
  }
}

/** Makes the vault of a client. All of it rejects with STORAGE_FAILED, unless it says that it does as well as can be. */
export const createVault = (
  { now, randomId, setTimer }: Pick<SignetEnvironment, 'now' | 'randomId' | 'setTimer'>,
  storage: SignetStorage,
  prefix: string,
): Vault => {
  const [attemptKey, tokenKey, leavingKey] = [`${prefix} attempt`, `${prefix} token`, `${prefix} leaving`]
  const own = randomId()
  let attempt = ''

  /** What the storage answers, if it does in time. */
  const ask = async <T>(work: () => T): Promise<Awaited<T>> => {
    let cancel = (): void => {}
    try {
      const never = new Promise<never>((_, reject) => {
        cancel = setTimer(storageMs, () => reject(new Error('no answer in time')))
      })
      return await Promise.race([work(), never])
    } catch (cause) {
      throw new SignetError(
        'The storage given to createSignetClient failed: see the cause, mend it and try again.',
        { code: 'STORAGE_FAILED' },
        { cause },
      )
    } finally {
      cancel()
    }
  }
  const read = async (key: string): Promise<string | null> => (await ask(() => storage.get(key))) ?? null
  /** As well as can be: where a browser's storage is full, it is known to this page alone. */
  const note = (key: string, value: string): Promise<unknown> =>
    // Its grace time is what the server has for an attempt whose name is lost.
    ask(() => storage.set(key, value)).catch(() => {})
  const remove = (key: string): Promise<unknown> => ask(() => storage.remove(key))

  return {
    beginAttempt: async () => {
      // A series of this browser's, the number of the attempt, and when it was answered, unless it has yet to be. Numbered,
      // so that tabs which begin at the same moment need not hear of each other to agree.
      const [series, number = 1, answeredAt = now()] = (await read(attemptKey))?.split(' ') ?? [own]
      attempt = `${series} ${Number(number) + Number(now() - Number(answeredAt) > oneNameMs)}`
      await note(attemptKey, attempt)
      return attempt
    },
    endAttempt: async () => {
      if (attempt) await note(attemptKey, `${attempt} ${now()}`)
    },
    readRefreshToken: () => read(tokenKey),
    keepRefreshToken: async token => token !== null && ask(() => storage.set(tokenKey, token)),
    isLeaving: async () => (await read(leavingKey)) !== null,
    // The name is of no more use; without it there is room for the note where a browser's storage is full.
    leave: () => Promise.allSettled([remove(attemptKey), note(leavingKey, '1')]),
    stay: () => remove(leavingKey),
    forget: () =>
      remove(tokenKey)
        // In this order: what could not be forgotten is told to the server once more, at the next start.
        .then(() => remove(leavingKey))
        .catch(() => {}),
  }
}
