// What signing in and refreshing answer. The one place where a refresh token goes into a body or into a cookie.
import { GraphQLDateTime } from 'graphql-scalars'
import { Field, ID, ObjectType } from 'type-graphql'
import type { Session as SessionData } from '../sessions/session.js'
import type { SignIn } from '../sessions/sign-in.js'
import type { Context } from './context.js'
import { User } from './users.js'

@ObjectType({ description: 'One sign-in on one device: the family of all refresh tokens that came of it.' })
export class Session {
  @Field(() => ID, { description: 'The claim `sid` of its access tokens.' })
  readonly id!: string

  @Field(() => GraphQLDateTime, { description: 'When the user signed in.' })
  readonly createdAt!: Date

  @Field(() => GraphQLDateTime, {
    description: 'When its refresh token was last exchanged, else when it began.',
  })
  readonly lastUsedAt!: Date

  @Field(() => GraphQLDateTime, { description: 'Its absolute end, however often it is used.' })
  readonly expiresAt!: Date

  @Field(() => String, { nullable: true, description: 'The User-Agent header of the sign-in.' })
  readonly userAgent!: string | null

  @Field(() => String, { nullable: true, description: 'The network address that the sign-in came from.' })
  readonly ipAddress!: string | null

  @Field(() => Boolean, {
    description:
      'Whether this is the session of the access token that asks; in a payload, of the token beside it.',
  })
  readonly current!: boolean
}

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

/** A session as the API shows it. */
export const presentSession = (session: SessionData, currentSessionId: string | undefined): Session => ({
  id: session.id,
  createdAt: session.createdAt,
  lastUsedAt: session.rotatedAt,
  expiresAt: session.expiresAt,
  userAgent: session.userAgent,
  ipAddress: session.ipAddress,
  current: session.id === currentSessionId,
})

/** Hands tokens over the way the session was begun: a session in a cookie never has its token in a body. */
export const deliverTokens = ({ refreshCookie }: Context, signIn: SignIn): AuthPayload => {
  const inCookie = signIn.session.delivery === 'COOKIE'
  if (inCookie) refreshCookie.set(signIn.refreshToken, signIn.refreshTokenExpiresAt)
  return Object.assign(new AuthPayload(), {
    accessToken: signIn.accessToken,
    accessTokenExpiresAt: signIn.accessTokenExpiresAt,
    refreshToken: inCookie ? null : signIn.refreshToken,
    refreshTokenExpiresAt: signIn.refreshTokenExpiresAt,
    user: signIn.user,
    session: presentSession(signIn.session, signIn.session.id),
  })
}
