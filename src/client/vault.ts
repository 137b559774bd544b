// What outlives a page: in cookie delivery how refreshes are named and no token; in body delivery the refresh token too,
// in the storage that the app chose.
import type { SignetEnvironment, SignetStorage } from './environment.js'

/** The kept things of one client. */
export interface Vault {
  /**
   * The name to refresh under. It is the same for every tab and page until somebody's refresh was answered, for only under
   * its name is the same token worth a retry however late; and for a while after, for those that are still on the way.
   */
  beginAttempt(): Promise<string>
  /** The refresh that was begun last was answered. */
  endAttempt(): Promise<void>
  readRefreshToken(): Promise<string | null>
  keepRefreshToken(token: string): Promise<void>
  forgetRefreshToken(): Promise<void>
  /** Whether a sign-out has yet to be told to the server. */
  isLeaving(): Promise<boolean>
  setLeaving(leaving: boolean): Promise<void>
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

/** A request is given up after ten seconds: this long after an answer, no other is on the way that was sent before it. */
const togetherMs = 15_000

/** Makes the vault of a client. */
export const createVault = (
  { now, randomId }: Pick<SignetEnvironment, 'now' | 'randomId'>,
  storage: SignetStorage,
  prefix: string,
): Vault => {
  const [attemptKey, tokenKey, leavingKey] = [`${prefix} attempt`, `${prefix} token`, `${prefix} leaving`]
  const own = randomId()
  let attempt = ''
  const read = async (key: string): Promise<string | null> => (await storage.get(key)) ?? null
  /** As well as can be: where a browser's storage is full, it is known to this page alone. */
  const note = async (key: string, value: string): Promise<void> => {
    try {
      await storage.set(key, value)
    } catch {
      // Its grace time is what the server has for an attempt whose name is lost.
    }
  }

  return {
    beginAttempt: async () => {
      // A series of this browser's, the number of its last attempt that was answered, and when that was; 0 as soon as the
      // next is under way. Numbered, so that tabs which begin at the same moment need not hear of each other to agree.
      const [series, answered = 0, answeredAt = 0] = (await read(attemptKey))?.split(' ') ?? [own]
      const before = Number(answered) - Number(now() - Number(answeredAt) <= togetherMs)
      await note(attemptKey, `${series} ${before} 0`)
      attempt = `${series} ${before + 1}`
      return attempt
    },
    endAttempt: async () => {
      if (attempt) await note(attemptKey, `${attempt} ${now()}`)
    },
    readRefreshToken: () => read(tokenKey),
    keepRefreshToken: async token => void (await storage.set(tokenKey, token)),
    forgetRefreshToken: async () => void (await storage.remove(tokenKey)),
    isLeaving: async () => (await read(leavingKey)) !== null,
    setLeaving: async leaving => void (await (leaving ? note(leavingKey, '1') : storage.remove(leavingKey))),
  }
}
