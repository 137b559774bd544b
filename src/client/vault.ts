// What outlives a page: in cookie delivery the name of a refresh that is not answered yet and no token; in body delivery
// the refresh token too, in the storage that the app chose.
import type { SignetEnvironment, SignetStorage } from './environment.js'

/** The kept things of one client. */
export interface Vault {
  /**
   * The name to refresh under. A pending one is used again, whoever made it: the server may have carried it out, and
   * only under its name is the same token worth a retry however late.
   */
  beginAttempt(): Promise<string>
  /** It was answered. One that another tab has taken over meanwhile stays, until that tab is answered. */
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

/** Makes the vault of a client. */
export const createVault = (
  { randomId }: Pick<SignetEnvironment, 'randomId'>,
  storage: SignetStorage,
  prefix: string,
): Vault => {
  const [attemptKey, tokenKey, leavingKey] = [`${prefix} attempt`, `${prefix} token`, `${prefix} leaving`]
  const self = randomId()
  const read = async (key: string): Promise<string | null> => (await storage.get(key)) ?? null

  return {
    beginAttempt: async () => {
      const [pending] = (await read(attemptKey))?.split(' ') ?? []
      const attemptId = pending || randomId()
      await storage.set(attemptKey, `${attemptId} ${self}`)
      return attemptId
    },
    endAttempt: async () => {
      if ((await read(attemptKey))?.endsWith(` ${self}`)) await storage.remove(attemptKey)
    },
    readRefreshToken: () => read(tokenKey),
    keepRefreshToken: async token => void (await storage.set(tokenKey, token)),
    forgetRefreshToken: async () => void (await storage.remove(tokenKey)),
    isLeaving: async () => (await read(leavingKey)) !== null,
    setLeaving: async leaving =>
      void (await (leaving ? storage.set(leavingKey, '1') : storage.remove(leavingKey))),
  }
}
