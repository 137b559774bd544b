// The viewer: what the access token says.
import { GraphQLDateTime } from 'graphql-scalars'
import { Ctx, Directive, Field, ID, ObjectType, Query, Resolver } from 'type-graphql'
import type { Viewer as ViewerData } from '../access/viewer.js'
import type { Context } from './context.js'

/** A viewer in the schema. */
@ObjectType({ simpleResolvers: true, description: 'Who asks, in the words of the verified access token.' })
export class Viewer implements ViewerData {
  @Field(() => ID, { description: 'The claim `sub`.' })
  readonly userId!: string

  @Field(() => ID, { description: 'The claim `sid`.' })
  readonly sessionId!: string

  @Field(() => [String], {
    description: 'The claim `roles`: those that the user had when the token was issued.',
  })
  readonly roles!: readonly string[]

  @Field(() => ID, { description: 'The claim `jti`.' })
  readonly tokenId!: string

  @Field(() => GraphQLDateTime, { description: 'The claim `iat`.' })
  readonly issuedAt!: Date

  @Field(() => GraphQLDateTime, { description: 'The claim `exp`.' })
  readonly expiresAt!: Date
}

/** Operations on the viewer. */
@Resolver()
export class ViewerResolver {
  @Directive('@authenticated(optional: true)')
  @Query(() => Viewer, {
    nullable: true,
    description:
      'What the presented access token itself says; null when there is none. Answered from verified claims: no store is read.',
  })
  viewer(@Ctx() context: Context): ViewerData | null {
    return context.viewer
  }
}
