// What administrators do to an account.
import { Arg, Ctx, Directive, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql'
import { deleteUser } from '../admin/delete.js'
import { disableUser, enableUser } from '../admin/disable.js'
import { revokeUserSessions } from '../admin/revoke.js'
import { setUserRoles } from '../admin/set-roles.js'
import type { User as UserData } from '../users/user.js'
import type { Context } from './context.js'
import { User } from './users.js'

@InputType({ description: 'The account to disable.' })
class DisableUserInput {
  @Field(() => ID, { description: 'Its id.' })
  readonly userId!: string
}

@InputType({ description: 'The account to enable.' })
class EnableUserInput {
  @Field(() => ID, { description: 'Its id.' })
  readonly userId!: string
}

@InputType({ description: 'An account and its roles.' })
class SetUserRolesInput {
  @Field(() => ID, { description: 'Its id.' })
  readonly userId!: string

  @Field(() => [String], {
    description:
      'All roles that the user is to have: at most 32, each a letter and then up to 63 letters, digits or _ . : -, together at most 1024 characters.',
  })
  readonly roles!: readonly string[]
}

@InputType({ description: 'The account to sign out.' })
class RevokeUserSessionsInput {
  @Field(() => ID, { description: 'Its id.' })
  readonly userId!: string
}

@InputType({ description: 'The account to delete.' })
class DeleteUserInput {
  @Field(() => ID, { description: 'Its id.' })
  readonly userId!: string
}

@ObjectType({ description: 'What disabling an account did.' })
class DisableUserPayload {
  @Field(() => User, { description: 'The user as they are now.' })
  readonly user!: UserData

  @Field(() => Int, { description: 'How many sessions were signed out.' })
  readonly sessionsEnded!: number
}

@ObjectType({ description: 'What enabling an account did.' })
class EnableUserPayload {
  @Field(() => User, { description: 'The user as they are now.' })
  readonly user!: UserData
}

@ObjectType({ description: 'What changing the roles did.' })
class SetUserRolesPayload {
  @Field(() => User, { description: 'The user as they are now.' })
  readonly user!: UserData
}

@ObjectType({ description: 'What signing the user out did.' })
class RevokeUserSessionsPayload {
  @Field(() => User, { description: 'The user.' })
  readonly user!: UserData

  @Field(() => Int, { description: 'How many sessions were signed out.' })
  readonly sessionsEnded!: number
}

@ObjectType({ description: 'What deleting the account did.' })
class DeleteUserPayload {
  @Field(() => ID, { description: 'The id of the user that was.' })
  readonly userId!: string

  @Field(() => Int, { description: 'How many sessions were signed out.' })
  readonly sessionsEnded!: number
}

/** Mutations of accounts, for administrators. */
@Resolver()
export class UserAdminResolver {
  @Directive('@hasRole(role: "admin")')
  @Mutation(() => DisableUserPayload, {
    description:
      'Disables an account and signs it out everywhere, within a second. Not the last administrator.',
  })
  disableUser(
    @Arg('input', () => DisableUserInput, { description: 'Whom.' }) { userId }: DisableUserInput,
    @Ctx() context: Context,
  ): Promise<DisableUserPayload> {
    return disableUser(context, userId)
  }

  @Directive('@hasRole(role: "admin")')
  @Mutation(() => EnableUserPayload, {
    description: 'Lets a disabled account sign in again. The sessions that it had stay ended.',
  })
  enableUser(
    @Arg('input', () => EnableUserInput, { description: 'Whom.' }) { userId }: EnableUserInput,
    @Ctx() context: Context,
  ): Promise<EnableUserPayload> {
    return enableUser(context, userId)
  }

  @Directive('@hasRole(role: "admin")')
  @Mutation(() => SetUserRolesPayload, {
    description:
      'Gives a user these roles and no others. Access tokens with the old ones turn STALE within a second; a refresh brings the new ones, and nobody is signed out.',
  })
  setUserRoles(
    @Arg('input', () => SetUserRolesInput, { description: 'Whom, and which.' })
    { userId, roles }: SetUserRolesInput,
    @Ctx() context: Context,
  ): Promise<SetUserRolesPayload> {
    return setUserRoles(context, userId, roles)
  }

  @Directive('@hasRole(role: "admin")')
  @Mutation(() => RevokeUserSessionsPayload, {
    description: 'Signs a user out everywhere, within a second. The user may sign in again.',
  })
  revokeUserSessions(
    @Arg('input', () => RevokeUserSessionsInput, { description: 'Whom.' })
    { userId }: RevokeUserSessionsInput,
    @Ctx() context: Context,
  ): Promise<RevokeUserSessionsPayload> {
    return revokeUserSessions(context, userId)
  }

  @Directive('@hasRole(role: "admin")')
  @Mutation(() => DeleteUserPayload, {
    description: 'Deletes an account with its password and sessions, for good. Not the last administrator.',
  })
  deleteUser(
    @Arg('input', () => DeleteUserInput, { description: 'Whom.' }) { userId }: DeleteUserInput,
    @Ctx() context: Context,
  ): Promise<DeleteUserPayload> {
    return deleteUser(context, userId)
  }
}
