// A session, as the API shows it.
import { GraphQLDateTime } from 'graphql-scalars'
import { Field, ID, ObjectType } from 'type-graphql'
import type { Session as SessionData } from '../sessions/session.js'

/** A session in the schema. */
@ObjectType({
  simpleResolvers: true,
  description: 'One sign-in on one device: the family of all refresh tokens that came of it.',
})
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

/** A session as the API shows it. */
export const toSessionView = (session: SessionData, currentSessionId: string | undefined): Session => ({
  id: session.id,
  createdAt: session.createdAt,
  lastUsedAt: session.rotatedAt,
  expiresAt: session.expiresAt,
  userAgent: session.userAgent,
  ipAddress: session.ipAddress,
  current: session.id === currentSessionId,
})
