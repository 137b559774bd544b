// What a test may ask of the page, and what the page has kept for it.

/** What the app has shown. */
export interface Shown {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly status: 'loading' | 'signedIn' | 'signedOut'
  /** The address of the session's user. */
  readonly user: string | null
  /** The address that the query says, out of the cache or not. */
  readonly me: string | null
  /** Why the session ended. */
  readonly reason: string | null
}

/** The global `app` of the page. An outcome is the user's address, `ok`, or the code of what went wrong. */
export interface PageApp {
  /** Sends queries at once, past the cache. */
  ask(count: number): Promise<string[]>
  /** Sends a mutation for each id at once; what it does can be counted at the server. */
  revokeTokens(ids: readonly string[]): Promise<string[]>
  logIn(account: { readonly email: string; readonly password: string }): Promise<string>
  logOut(): Promise<string>
  /** What a script can find in the browser's storage of this origin, as text. */
  stored(): Promise<string>
  /** The access token, as the app may have it for requests of its own. */
  accessToken(): Promise<string | null>
  /** What the cache of Apollo Client holds. */
  cached(): string
  /** As when the page is shown again. */
  comeBack(): void
  /** Subscribes to what happens to the session. */
  follow(): void
  /** What was told over the socket. */
  readonly told: string[]
  /** How often a socket was connected, and the codes with which they were closed. */
  readonly connected: number[]
  readonly closed: number[]
  readonly shown: Shown[]
  /** What went wrong that nobody caught. */
  readonly faults: string[]
}

/** The global `hostile` of a foreign page. Gives what the page could learn: `refused`, `opaque`, or the answer. */
export interface Hostile {
  /** By fetch, with the browser's cookies. */
  send(
    url: string,
    request: {
      readonly method: string
      readonly mode: 'cors' | 'no-cors'
      readonly headers?: Readonly<Record<string, string>>
      readonly body: string | null
    },
  ): Promise<string>
  /** By a form, into a frame. */
  post(
    url: string,
    form: { readonly enctype: string; readonly fields: readonly (readonly [name: string, value: string])[] },
  ): Promise<string>
  openSocket(url: string): Promise<string>
  /** On the app's own origin: takes a Web Lock, and keeps it as long as the page lives. */
  takeLock(name: string): Promise<void>
}
