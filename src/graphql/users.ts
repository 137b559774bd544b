// Users, as the API shows them.
import { GraphQLDateTime } from 'graphql-scalars'
import { Ctx, Directive, Field, ID, ObjectType, Query, Resolver } from 'type-graphql'
import type { User as UserData } from '../users/user.js'
import type { Context } from './context.js'

/** A user in the schema. */
@ObjectType({ simpleResolvers: true, description: 'A person with an account.' })
export class User implements UserData {
  @Field(() => ID, { description: 'Never changes; the claim `sub` of access tokens.' })
  readonly id!: string

  @Field(() => String, { description: 'The address in its normal form: lower case, trimmed.' })
  readonly email!: string

  @Field(() => String, { nullable: true, description: 'The name the user gave, if any.' })
  readonly name!: string | null

  @Field(() => [String], { description: 'What the user may do, as the store says now.' })
  readonly roles!: readonly string[]

  @Field(() => GraphQLDateTime, { description: 'When the account was made.' })
  readonly createdAt!: Date

  @Directive('@hasRole(role: "admin")')
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'Since when the account can neither sign in nor refresh; null when it can.',
  })
  readonly disabledAt!: Date | null
}

/** Operations on users. */
@Resolver(() => User)
export class UserResolver {
  @Directive('@authenticated(optional: true)')
  @Query(() => User, {
    nullable: true,
    description:
      'The signed-in user; null when the request carries no access token. One row is read from the store.',
  })
  me(@Ctx() context: Context): Promise<UserData | null> | null {
    return context.viewer && context.findUser(context.viewer.userId)
  }
}
