// Sessions: list, refresh, end.
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { findBearer, requireViewer } from '../access/require.js'
import { endAllSessions, endSession, endSessionOfToken, endSessionOfUser } from '../sessions/end.js'
import { listSessions } from '../sessions/list.js'
import { refreshSession } from '../sessions/refresh.js'
import { AuthPayload, deliverTokens } from './auth-payload.js'
import type { Context } from './context.js'
import { Session, toSessionView } from './session.js'
import { User } from './users.js'

@InputType({ description: 'The refresh token to exchange.' })
class RefreshInput {
  @Field(() => String, { nullable: true, description: 'Omitted in cookie delivery.' })
  readonly refreshToken?: string | null

  @Field(() => String, {
    nullable: true,
    description:
      "A random value of the client's own, kept until this attempt is answered and sent again with every retry of it; a new one for the next. An attempt is one exchange, however often it comes.",
  })
  readonly attemptId?: string | null
}

@InputType({ description: 'The session to end.' })
class LogoutInput {
  @Field(() => String, { nullable: true, description: 'Omitted in cookie delivery.' })
  readonly refreshToken?: string | null
}

@InputType({ description: 'One session of the signed-in user.' })
class RevokeSessionInput {
  @Field(() => ID, { description: 'Its id, as `sessions` lists it.' })
  readonly sessionId!: string
}

@ObjectType({ description: 'What ending sessions did.' })
class LogoutPayload {
  @Field(() => Int, { description: 'How many sessions ended now; 0 when there was nothing left to end.' })
  readonly sessionsEnded!: number
}

type TokenInput = { readonly refreshToken?: string | null } | null

const presentedToken = ({ refreshCookie }: Context, input: TokenInput): string | null =>
  input?.refreshToken ?? refreshCookie().read()

const logOut = async (context: Context, input: TokenInput): Promise<LogoutPayload> => {
  const token = presentedToken(context, input)
  if (token === null) {
    const bearer = findBearer(context)
    return { sessionsEnded: bearer ? await endSession(context, bearer.sessionId, 'LOGOUT') : 0 }
  }
  const sessionsEnded = await endSessionOfToken(context, token)
  if (input?.refreshToken !== token) context.refreshCookie().clear()
  return { sessionsEnded }
}

/** The relation from users to their sessions. */
@Resolver(() => User)
export class UserSessionsResolver {
  @Directive('@hasRole(role: "admin")')
  @FieldResolver(() => [Session], { description: "The user's live sessions, the newest first." })
  async sessions(@Root() { id }: User, @Ctx() context: Context): Promise<Session[]> {
    return (await listSessions(context, id)).map(session => toSessionView(session, context.viewer?.sessionId))
  }
}

/** Operations on sessions. */
@Resolver(() => Session)
export class SessionResolver {
  @Directive('@authenticated')
  @Query(() => [Session], { description: "The signed-in user's live sessions, the newest first." })
  async sessions(@Ctx() context: Context): Promise<Session[]> {
    const { userId, sessionId } = requireViewer(context)
    return (await listSessions(context, userId)).map(session => toSessionView(session, sessionId))
  }

  @Mutation(() => AuthPayload, {
    description: 'Exchanges a refresh token for a new pair. Without input, the refresh cookie is used.',
  })
  async refresh(
    @Arg('input', () => RefreshInput, { nullable: true, description: 'Omitted in cookie delivery.' })
    input: RefreshInput | null,
    @Ctx() context: Context,
  ): Promise<AuthPayload> {
    const presented = { refreshToken: presentedToken(context, input), attemptId: input?.attemptId ?? null }
    return deliverTokens(context, await refreshSession(context, presented))
  }

  @Mutation(() => LogoutPayload, {
    description:
      'Ends the session of the refresh token given, else of the refresh cookie, else of the access token. Ending an ended or unknown session is no error.',
  })
  logout(
    @Arg('input', () => LogoutInput, { nullable: true, description: 'Omitted in cookie delivery.' })
    input: LogoutInput | null,
    @Ctx() context: Context,
  ): Promise<LogoutPayload> {
    return logOut(context, input)
  }

  @Directive('@authenticated')
  @Mutation(() => LogoutPayload, { description: 'Ends every session of the signed-in user.' })
  async logoutEverywhere(@Ctx() context: Context): Promise<LogoutPayload> {
    return { sessionsEnded: await endAllSessions(context, requireViewer(context).userId) }
  }

  @Directive('@authenticated')
  @Mutation(() => LogoutPayload, { description: 'Ends one session of the signed-in user.' })
  async revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'Which session.' }) {
      sessionId,
    }: RevokeSessionInput,
    @Ctx() context: Context,
  ): Promise<LogoutPayload> {
    return { sessionsEnded: await endSessionOfUser(context, requireViewer(context).userId, sessionId) }
  }
}
