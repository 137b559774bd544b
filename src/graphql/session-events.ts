// What happens to the caller's session, as it happens.
import { GraphQLDateTime } from 'graphql-scalars'
import {
  Directive,
  Field,
  InterfaceType,
  ObjectType,
  Resolver,
  Root,
  registerEnumType,
  Subscription,
} from 'type-graphql'
import type { SignOutReason as Reason, SessionEvent as SessionEventData } from '../sessions/events.js'
import type { SocketContext } from './context.js'
import { Session, toSessionView } from './session.js'

const SignOutReason = {
  LOGOUT: 'LOGOUT',
  PASSWORD_CHANGED: 'PASSWORD_CHANGED',
  REUSED: 'REUSED',
  ADMIN: 'ADMIN',
  DISABLED: 'DISABLED',
  DELETED: 'DELETED',
} as const satisfies { readonly [Name in Reason]: Name }

registerEnumType(SignOutReason, {
  name: 'SignOutReason',
  description: 'Why a session was signed out.',
  valuesConfig: {
    LOGOUT: { description: 'The user logged out, on this device or from another.' },
    PASSWORD_CHANGED: { description: 'The password was changed on another device.' },
    REUSED: { description: 'An old refresh token came again: two parties held the session.' },
    ADMIN: { description: 'An administrator signed the user, or everybody, out.' },
    DISABLED: { description: 'The account was disabled.' },
    DELETED: { description: 'The account was deleted.' },
  },
})

const typeNames = {
  'signed-out': 'SignedOut',
  'rights-changed': 'RightsChanged',
  'signed-in': 'SignedIn',
} as const satisfies Readonly<Record<SessionEventData['kind'], string>>

@InterfaceType({
  description:
    "Something that happened to the caller's session. Kinds may be added: pass over those you do not know.",
  resolveType: ({ kind }: SessionEventData) => typeNames[kind],
})
abstract class SessionEvent {
  @Field(() => GraphQLDateTime, { description: 'When it happened.' })
  readonly at!: Date
}

@ObjectType({
  implements: SessionEvent,
  description:
    'This session has ended: sign in again. Nothing follows; the subscription completes and the socket is closed with 4401.',
})
class SignedOut extends SessionEvent {
  @Field(() => SignOutReason, { description: 'Why.' })
  readonly reason!: Reason
}

@ObjectType({
  implements: SessionEvent,
  description:
    "The user's roles changed, so the access token is STALE: refresh, which brings the new ones. Nobody is signed out and the socket stays open.",
})
class RightsChanged extends SessionEvent {}

@ObjectType({
  implements: SessionEvent,
  description:
    'The user signed in elsewhere. Told to whoever is connected at that moment; the query `sessions` lists all.',
})
class SignedIn extends SessionEvent {
  @Field(() => Session, { description: 'The new session.' })
  readonly session!: Session
}

type SessionEventView =
  | SessionEventData
  | (Omit<SessionEventData & { kind: 'signed-in' }, 'session'> & { session: Session })

/** Subscriptions to what happens to the caller's session. */
@Resolver()
export class SessionEventResolver {
  @Directive('@authenticated')
  @Subscription(() => SessionEvent, {
    description:
      'What happens to the session of the access token that the socket was opened with, from now on, whichever instance it happens on. Over WebSocket only (graphql-transport-ws), the token in `connectionParams.authorization`.',
    subscribe: ({ context }: { context: SocketContext }) => context.followSession(),
  })
  sessionEvents(@Root() event: SessionEventData): SessionEventView {
    return event.kind === 'signed-in' ? { ...event, session: toSessionView(event.session, undefined) } : event
  }
}

/** The types that only the interface leads to. */
export const sessionEventTypes = [SignedOut, RightsChanged, SignedIn]
