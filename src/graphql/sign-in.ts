// Signing up and in, and the password behind it.
import {
  Arg,
  Ctx,
  createUnionType,
  Directive,
  Field,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  registerEnumType,
} from 'type-graphql'
import { requireViewer } from '../access/require.js'
import { TokenDelivery } from '../generated/prisma/enums.js'
import { changePassword } from '../sign-in/password/change.js'
import { logInWithPassword } from '../sign-in/password/log-in.js'
import { signUpWithPassword } from '../sign-in/password/sign-up.js'
import { AuthPayload, deliverTokens } from './auth-payload.js'
import type { Context } from './context.js'
import { User } from './users.js'

registerEnumType(TokenDelivery, {
  name: 'TokenDelivery',
  description: 'How a session gets its refresh tokens; it holds for the whole session.',
  valuesConfig: {
    BODY: { description: 'The refresh token is in the payload: mobile, desktop, command line, server side.' },
    COOKIE: {
      description: 'The refresh token is set as an httpOnly cookie and never appears in a payload: browsers.',
    },
  },
})

const LoginResult = createUnionType({
  name: 'LoginResult',
  description:
    'A login either signs in at once or names the next step; further steps become further members.',
  types: () => [AuthPayload] as const,
})

@InputType({ description: 'A new account.' })
class SignupInput {
  @Field(() => String, { description: 'Case and surrounding spaces do not matter.' })
  readonly email!: string

  @Field(() => String, {
    description: 'Any characters; what matters is its length and that it is used nowhere else.',
  })
  readonly password!: string

  @Field(() => String, { nullable: true, description: 'What the user wants to be called.' })
  readonly name?: string | null

  @Field(() => TokenDelivery, { defaultValue: TokenDelivery.BODY, description: 'Browsers choose COOKIE.' })
  readonly delivery!: TokenDelivery
}

@InputType({ description: 'An account and its password.' })
class LoginInput {
  @Field(() => String, { description: 'Case and surrounding spaces do not matter.' })
  readonly email!: string

  @Field(() => String, { description: 'The password of the account.' })
  readonly password!: string

  @Field(() => TokenDelivery, { defaultValue: TokenDelivery.BODY, description: 'Browsers choose COOKIE.' })
  readonly delivery!: TokenDelivery
}

@InputType({ description: 'The old and the new password.' })
class ChangePasswordInput {
  @Field(() => String, { description: 'Proof that the user is still the one at the keyboard.' })
  readonly currentPassword!: string

  @Field(() => String, { description: 'Follows the same rules as at sign-up.' })
  readonly newPassword!: string
}

@ObjectType({ description: 'What changing the password did.' })
class ChangePasswordPayload {
  @Field(() => User, { description: 'The user.' })
  readonly user!: User

  @Field(() => Int, { description: 'How many other sessions were signed out.' })
  readonly sessionsEnded!: number
}

const requireDeliverable = ({ refreshCookie }: Context, delivery: TokenDelivery): void => {
  if (delivery === TokenDelivery.COOKIE) refreshCookie().requireDeliverable()
}

/** Operations that sign in, and the password. */
@Resolver()
export class SignInResolver {
  @Mutation(() => LoginResult, { description: 'Makes an account and signs it in.' })
  async signup(
    @Arg('input', () => SignupInput, { description: 'The account to make.' }) input: SignupInput,
    @Ctx() context: Context,
  ): Promise<AuthPayload> {
    requireDeliverable(context, input.delivery)
    return deliverTokens(context, await signUpWithPassword(context, input, context.device()))
  }

  @Mutation(() => LoginResult, {
    description: 'Signs a user in with e-mail address and password: a new session.',
  })
  async login(
    @Arg('input', () => LoginInput, { description: 'Whose session to start.' }) input: LoginInput,
    @Ctx() context: Context,
  ): Promise<AuthPayload> {
    requireDeliverable(context, input.delivery)
    return deliverTokens(context, await logInWithPassword(context, input, context.device()))
  }

  @Directive('@authenticated')
  @Mutation(() => ChangePasswordPayload, {
    description: 'Sets a new password and ends every other session of the user.',
  })
  changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The old password and the new one.' })
    input: ChangePasswordInput,
    @Ctx() context: Context,
  ): Promise<ChangePasswordPayload> {
    return changePassword(context, requireViewer(context), input)
  }
}
