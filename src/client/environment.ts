// The only reader of globals and of the clock: what the kit takes from a browser, Node or React Native. Everything here
// can be given by the caller, and nothing else in the kit touches the outside.

/** Where the kit keeps what outlives a page. Every member may answer at once or by a promise. */
export interface SignetStorage {
  get(key: string): string | null | undefined | Promise<string | null | undefined>
  set(key: string, value: string): unknown
  remove(key: string): unknown
}

/** The part of the Web Locks API that is used. */
export interface SignetLocks {
  request<T>(name: string, options: { signal: AbortSignal }, work: () => Promise<T>): Promise<T>
}

/** The part of a BroadcastChannel that is used. */
export interface SignetChannel {
  /** Called with an event whose `data` is the message; the parameter is `never` so that every platform's type fits. */
  onmessage: ((event: never) => void) | null
  postMessage(message: unknown): void
  close(): void
}

/** What the kit needs of the place it runs in. */
export interface SignetEnvironment {
  readonly fetch: typeof fetch
  /** Milliseconds since 1970; goes on while a machine sleeps. */
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
  readonly randomId: () => string
  /** Runs something later and gives what calls it off. */
  readonly setTimer: (milliseconds: number, run: () => void) => () => void
  /** Web storage that all tabs share; never holds a token. Null without one. */
  readonly sharedStorage: SignetStorage | null
  readonly locks: SignetLocks | null
  readonly openChannel: ((name: string) => SignetChannel) | null
  /** Tells when the page comes back: shown, online, out of sleep or the back-forward cache. Gives what stops it. */
  readonly onWake: (listener: () => void) => () => void
  /** Whether this is a server that renders pages: there the browser's cookie is out of reach. */
  readonly isServer: boolean
}

/** What may be there; nothing is taken for granted. */
interface Host {
  readonly fetch?: typeof fetch
  readonly document?: unknown
  addEventListener?(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void
  readonly navigator?: { readonly locks?: SignetLocks; readonly product?: string }
  readonly localStorage?: {
    getItem(key: string): string | null
    setItem(key: string, value: string): void
    removeItem(key: string): void
  }
  readonly BroadcastChannel?: new (name: string) => SignetChannel
  readonly crypto?: { readonly randomUUID?: () => string }
}

const host: Host = globalThis

const findWebStorage = (): SignetStorage | null => {
  try {
    // Node has one too, for a whole machine; only a page's belongs to one browser.
    const localStorage = host.document ? host.localStorage : null
    return localStorage
      ? {
          get: key => localStorage.getItem(key),
          set: (key, value) => localStorage.setItem(key, value),
          remove: key => localStorage.removeItem(key),
        }
      : null
  } catch {
    // A page in a sandbox, or a browser that was told to keep nothing, throws at the mere look.
    return null
  }
}

const onWake = (listener: () => void): (() => void) => {
  const controller = new AbortController()
  // `visibilitychange` bubbles up from the document. A page that is hidden is told too: it does no harm.
  if (host.document)
    for (const type of ['visibilitychange', 'online', 'pageshow', 'focus'])
      host.addEventListener?.(type, listener, controller)
  return () => controller.abort()
}

/** In Node a timer would keep a program alive that has nothing else to do. */
const letExit = (timer: number | { unref?(): void }): void => {
  if (typeof timer === 'object') timer.unref?.()
}

const setTimer = (milliseconds: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, milliseconds)
  letExit(timer)
  return () => clearTimeout(timer)
}

/** The environment that the program runs in. */
export const defaultEnvironment = (): SignetEnvironment => {
  const { BroadcastChannel: Channel } = host
  return {
    fetch: (...request) => fetch(...request),
    now: () => Date.now(),
    random: () => Math.random(),
    // No secret: it only has to differ. Pages without TLS and React Native have no randomUUID.
    randomId: () => host.crypto?.randomUUID?.() ?? `${Math.random()}${Math.random()}`,
    setTimer,
    sharedStorage: findWebStorage(),
    locks: host.navigator?.locks ?? null,
    openChannel: Channel ? name => new Channel(name) : null,
    onWake,
    isServer: !host.document && host.navigator?.product !== 'ReactNative',
  }
}
