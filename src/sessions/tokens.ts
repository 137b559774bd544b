// What a client gets when it signs in or refreshes: an access token and the session's current refresh token.
import type { IssuedAccessToken } from '../tokens/issue.js'
import type { KnownUser, User } from '../users/user.js'
import type { RefreshToken } from './refresh-token.js'
import { formatRefreshToken } from './refresh-token.js'
import type { Session, SessionNeeds } from './session.js'
import { refreshTokenExpiry } from './session.js'

/** A signed-in client's tokens, session and user. */
export interface SessionTokens extends IssuedAccessToken {
  /** Always the text; the door decides by `session.delivery` whether it may stand in a body. */
  readonly refreshToken: string
  readonly refreshTokenExpiresAt: Date
  readonly session: Session
  readonly user: User
}

/** Issues an access token for a session and its user as they were read. */
export const issueTokens = async (
  { issueAccessToken, sessionSettings }: Pick<SessionNeeds, 'issueAccessToken' | 'sessionSettings'>,
  session: Session,
  { user, knownNumber }: KnownUser,
  token: RefreshToken,
): Promise<SessionTokens> => {
  const subject = { userId: user.id, sessionId: session.id, roles: user.roles, knownNumber }
  const { accessToken, accessTokenExpiresAt } = await issueAccessToken(subject)
  return {
    accessToken,
    accessTokenExpiresAt,
    refreshToken: formatRefreshToken(token),
    refreshTokenExpiresAt: refreshTokenExpiry(sessionSettings, session),
    session,
    user,
  }
}
