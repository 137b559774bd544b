// What a client holds while it is signed in. In memory only.
import type { TokensFragment } from './generated/operations.js'

/** The signed-in user, as Signet said at the last sign-in or refresh. */
export interface SignetUser {
  readonly id: string
  readonly email: string
  readonly name: string | null
  readonly roles: readonly string[]
  /** An ISO date and time. */
  readonly createdAt: string
}

/** An access token and whose it is. Times are this machine's, in milliseconds. */
export interface Tokens {
  readonly accessToken: string
  readonly expiresAt: number
  readonly lifetimeMs: number
  readonly sessionId: string
  readonly user: SignetUser
}

/** From the claims of a JWT. Nothing is verified, for nothing here depends on their truth; null where it cannot be read. */
const lifetimeMs = (token: string): number | null => {
  try {
    const claims = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    const { exp, iat }: Partial<Record<string, number>> = JSON.parse(claims)
    return (Number(exp) - Number(iat)) * 1000 || null
  } catch {
    return null
  }
}

/** Tokens out of an answer to what was sent at a moment. A clock that is hours off does no harm: lifetimes count. */
export const tokensFrom = (answer: TokensFragment, sentAt: number): Tokens => {
  const { accessToken, accessTokenExpiresAt, user, session } = answer
  const lifetime = lifetimeMs(accessToken) ?? Math.max(0, Date.parse(accessTokenExpiresAt) - sentAt)
  return { accessToken, expiresAt: sentAt + lifetime, lifetimeMs: lifetime, sessionId: session.id, user }
}

/** Whether it will still be good when it arrives: five seconds, or a tenth of a short life, before its end it is not. */
export const isUsable = ({ expiresAt, lifetimeMs }: Tokens, now: number): boolean =>
  now < expiresAt - Math.min(5_000, lifetimeMs / 10)
