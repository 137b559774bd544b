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
