// A user, safe to return: what proves who they are is kept elsewhere.

/** A person with an account. */
export interface User {
  readonly id: string
  /** Normalised, see email-address.ts. */
  readonly email: string
  readonly name: string | null
  readonly roles: readonly string[]
  readonly createdAt: Date
  /** Since when the user can neither sign in nor refresh; null for everybody else. */
  readonly disabledAt: Date | null
}

/** A user as read from the store, and the last revocation that this very reading could see. */
export interface KnownUser {
  readonly user: User
  readonly knownNumber: number
}
