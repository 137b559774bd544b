// What administrators revoke beside accounts: one access token, or everybody's.
import { GraphQLDateTime } from 'graphql-scalars'
import { Arg, Ctx, Directive, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql'
import { revokeAccessToken, revokeEverything } from '../admin/revoke.js'
import type { Context } from './context.js'

@InputType({ description: 'The access token to revoke.' })
class RevokeAccessTokenInput {
  @Field(() => ID, { description: 'Its claim `jti`, which `viewer.tokenId` shows.' })
  readonly tokenId!: string
}

@ObjectType({ description: 'What revoking an access token did.' })
class RevokeAccessTokenPayload {
  @Field(() => ID, { description: 'The id that is refused from now on.' })
  readonly tokenId!: string
}

@ObjectType({ description: 'What signing everybody out did.' })
class RevokeEverythingPayload {
  @Field(() => GraphQLDateTime, { description: 'Every session that began before this moment has ended.' })
  readonly revokedAt!: Date
}

/** Mutations that revoke, for administrators. */
@Resolver()
export class RevocationAdminResolver {
  @Directive('@hasRole(role: "admin")')
  @Mutation(() => RevokeAccessTokenPayload, {
    description: 'Makes one access token useless everywhere, such as one that leaked. Its session goes on.',
  })
  revokeAccessToken(
    @Arg('input', () => RevokeAccessTokenInput, { description: 'Which.' })
    { tokenId }: RevokeAccessTokenInput,
    @Ctx() context: Context,
  ): Promise<RevokeAccessTokenPayload> {
    return revokeAccessToken(context, tokenId)
  }

  @Directive('@hasRole(role: "admin")')
  @Mutation(() => RevokeEverythingPayload, {
    description:
      'Signs everybody out, the caller too, within a second, however many they are. All have to sign in again.',
  })
  revokeEverything(@Ctx() context: Context): Promise<RevokeEverythingPayload> {
    return revokeEverything(context)
  }
}
