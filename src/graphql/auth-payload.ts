// What signing in and refreshing answer. The one place where a refresh token goes into a body or into a cookie.
import { GraphQLDateTime } from 'graphql-scalars'
import { Field, ObjectType } from 'type-graphql'
import type { SessionTokens } from '../sessions/tokens.js'
import type { Context } from './context.js'
import { Session, toSessionView } from './session.js'
import { User } from './users.js'

/** What signing in and refreshing answer. */
@ObjectType({
  description: 'A signed-in client: a short-lived access token and the refresh token that renews it.',
})
export class AuthPayload {
  @Field(() => String, {
    description: 'A JWT (RFC 9068) for the header `Authorization: Bearer …`. Keep it in memory only.',
  })
  readonly accessToken!: string

  @Field(() => GraphQLDateTime, { description: 'When the access token ends. Refresh before that.' })
  readonly accessTokenExpiresAt!: Date

  @Field(() => String, { nullable: true, description: 'Null in cookie delivery.' })
  readonly refreshToken!: string | null

  @Field(() => GraphQLDateTime, { description: 'When the refresh token ends unless it is exchanged before.' })
  readonly refreshTokenExpiresAt!: Date

  @Field(() => User, { description: 'The user, as the store says now.' })
  readonly user!: User

  @Field(() => Session, { description: 'The session that the tokens belong to.' })
  readonly session!: Session
}

/** Hands tokens over the way the session was begun: a session in a cookie never has its token in a body. */
export const deliverTokens = ({ refreshCookie }: Context, tokens: SessionTokens): AuthPayload => {
  const inCookie = tokens.session.delivery === 'COOKIE'
  if (inCookie) refreshCookie().set(tokens.refreshToken, tokens.refreshTokenExpiresAt)
  // An instance of its class: that is how the union LoginResult knows its member.
  return Object.assign(new AuthPayload(), {
    accessToken: tokens.accessToken,
    accessTokenExpiresAt: tokens.accessTokenExpiresAt,
    refreshToken: inCookie ? null : tokens.refreshToken,
    refreshTokenExpiresAt: tokens.refreshTokenExpiresAt,
    user: tokens.user,
    session: toSessionView(tokens.session, tokens.session.id),
  })
}
