// Whatever is done to a user's sessions, in whatever order and on whichever instance: exactly the access tokens that a
// small model says are refused, by both instances, each for the reason that the model says.
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  ChangePasswordDocument,
  DisableUserDocument,
  EnableUserDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  RevokeAccessTokenDocument,
  RevokeSessionDocument,
  RevokeUserSessionsDocument,
  SetUserRolesDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { eventually } from '../support/eventually.js'
import type { Forge } from '../support/forge.js'
import { claimsOf, createForge, openKeysOf } from '../support/forge.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

type Account = Awaited<ReturnType<World['signUp']>>

/** A session as the model knows it. */
interface Session {
  readonly id: string
  refreshToken: string
  /** Why it ended; null while it goes on. */
  ended: string | null
  /** Why it ended, where it ended alone: that counts before what happened to the user. */
  endedAlone: string | null
}

/** An access token as the model knows it; times are counts of what happened. */
interface Token {
  readonly text: string
  readonly session: Session
  readonly issuedAt: number
  readonly roles: readonly string[]
  isRevoked: boolean
}

interface Model {
  readonly account: Account
  password: string
  roles: readonly string[]
  readonly sessions: Session[]
  readonly tokens: Token[]
  now: number
  /** The last time that all sessions of the user were ended, and why: of several times, the last is told. */
  allEnded: { at: number; reason: string }
  rolesChangedAt: number
}

interface Step {
  readonly kind: keyof typeof acts
  readonly on: 0 | 1
  /** Which session, token or set of roles, of those that there are. */
  readonly pick: number
}

const issuer = 'https://auth.example.com'
let worlds: readonly [World, World]
let admin: Admin
let forge: Forge
beforeAll(async () => {
  const env = { JWT_ISSUER: issuer, JWT_ALGORITHM: 'RS256' }
  const first = await createWorld({ env })
  worlds = [first, await createWorld({ beside: first, env })]
  admin = await signUpAdmin(first)
  forge = createForge((await openKeysOf(first, 'RS256')).current(), admin.accessToken)
})
afterAll(async () => {
  await worlds[1].close()
  await worlds[0].close()
})

const outcomeOf = ({ session, issuedAt, roles, isRevoked }: Token, model: Model): object => {
  const signedOut = (sessionEndReason: string) => ({ reason: 'REVOKED', sessionEndReason })
  if (session.endedAlone) return signedOut(session.endedAlone)
  if (model.allEnded.at > issuedAt) return signedOut(model.allEnded.reason)
  if (isRevoked) return { reason: 'REVOKED', sessionEndReason: undefined }
  if (model.rolesChangedAt > issuedAt) return { reason: 'STALE', sessionEndReason: undefined }
  return { roles }
}

const ask = async (world: World, { text }: Token): Promise<object> => {
  const answer = await world.run(ViewerDocument, {}, { token: text })
  if (!answer.body.errors) return { roles: answer.data.viewer?.roles }
  const { reason, sessionEndReason } = answer.error.extensions
  return { reason, sessionEndReason }
}

const chosen = <T>(of: readonly T[], pick: number): T | undefined => of[pick % of.length]

const isAccepted = (model: Model) => (token: Token) => 'roles' in outcomeOf(token, model)

/** A token that the user may act with; signs in where there is none. */
const acting = async (model: Model, { on, pick }: Step): Promise<Token> =>
  chosen(model.tokens.filter(isAccepted(model)), pick) ?? (await signIn(model, on))

const tick = (model: Model): number => ++model.now

const keep = (model: Model, session: Session, text: string): Token => {
  const token = { text, session, issuedAt: tick(model), roles: model.roles, isRevoked: false }
  model.tokens.push(token)
  return token
}

const signIn = async (model: Model, on: 0 | 1): Promise<Token> => {
  const { session, accessToken, refreshToken } = await worlds[on].logIn({
    email: model.account.email,
    password: model.password,
  })
  const begun = { id: session.id, refreshToken: refreshToken ?? '', ended: null, endedAlone: null }
  model.sessions.push(begun)
  return keep(model, begun, accessToken)
}

const endAlone = (session: Session, reason: string): void => {
  session.ended = reason
  session.endedAlone = reason
}

const endAll = (model: Model, reason: string): void => {
  for (const session of model.sessions) session.ended ??= reason
  model.allEnded = { at: tick(model), reason }
}

const liveIn = (model: Model): Session[] => model.sessions.filter(({ ended }) => ended === null)

const asAdmin = () => ({ token: admin.accessToken })

/** What is done, on an instance; each tells the model. */
const acts = {
  login: async (model: Model, { on }: Step) => {
    await signIn(model, on)
  },
  refresh: async (model: Model, { on, pick }: Step) => {
    const session = chosen(model.sessions, pick)
    if (!session) return
    const answer = await worlds[on].refresh(session.refreshToken)
    if (session.ended) {
      const { reason, sessionEndReason } = answer.error.extensions
      expect([reason, sessionEndReason]).toEqual(['ENDED', session.ended])
      return
    }
    const { accessToken, refreshToken, user } = answer.data.refresh
    expect(user.roles).toEqual(model.roles)
    session.refreshToken = refreshToken ?? ''
    keep(model, session, accessToken)
  },
  setUserRoles: async (model: Model, { on, pick }: Step) => {
    const roles = chosen([['a'], ['a', 'b'], []], pick) ?? []
    const input = { userId: model.account.user.id, roles }
    await worlds[on].run(SetUserRolesDocument, { input }, asAdmin())
    if (`${roles}` === `${model.roles}`) return
    model.roles = roles
    model.rolesChangedAt = tick(model)
  },
  disableAndEnable: async (model: Model, { on }: Step) => {
    const input = { userId: model.account.user.id }
    const { data } = await worlds[on].run(DisableUserDocument, { input }, asAdmin())
    expect(data.disableUser.sessionsEnded).toBe(liveIn(model).length)
    await worlds[on === 0 ? 1 : 0].run(EnableUserDocument, { input }, asAdmin())
    endAll(model, 'DISABLED')
  },
  revokeUserSessions: async (model: Model, { on }: Step) => {
    const input = { userId: model.account.user.id }
    const { data } = await worlds[on].run(RevokeUserSessionsDocument, { input }, asAdmin())
    expect(data.revokeUserSessions.sessionsEnded).toBe(liveIn(model).length)
    endAll(model, 'ADMIN')
  },
  revokeAccessToken: async (model: Model, { on, pick }: Step) => {
    const token = chosen(model.tokens, pick)
    if (!token) return
    const input = { tokenId: String(claimsOf(token.text).jti) }
    await worlds[on].run(RevokeAccessTokenDocument, { input }, asAdmin())
    token.isRevoked = true
  },
  logout: async (model: Model, { on, pick }: Step) => {
    const session = chosen(model.sessions, pick)
    if (!session) return
    const { refreshToken } = session
    const { data } = await worlds[on].run(LogoutDocument, { input: { refreshToken } })
    expect(data.logout.sessionsEnded).toBe(session.ended ? 0 : 1)
    if (!session.ended) endAlone(session, 'LOGOUT')
  },
  revokeSession: async (model: Model, step: Step) => {
    const { text } = await acting(model, step)
    const session = chosen(model.sessions, step.pick)
    if (!session) return
    const input = { sessionId: session.id }
    const { data } = await worlds[step.on].run(RevokeSessionDocument, { input }, { token: text })
    expect(data.revokeSession.sessionsEnded).toBe(session.ended ? 0 : 1)
    if (!session.ended) endAlone(session, 'LOGOUT')
  },
  logoutEverywhere: async (model: Model, step: Step) => {
    const { text } = await acting(model, step)
    const { data } = await worlds[step.on].run(LogoutEverywhereDocument, {}, { token: text })
    expect(data.logoutEverywhere.sessionsEnded).toBe(liveIn(model).length)
    endAll(model, 'LOGOUT')
  },
  changePassword: async (model: Model, step: Step) => {
    const { text, session } = await acting(model, step)
    const others = liveIn(model).filter(other => other !== session)
    const newPassword = `battery staple ${randomBytes(6).toString('hex')}`
    const input = { currentPassword: model.password, newPassword }
    const { data } = await worlds[step.on].run(ChangePasswordDocument, { input }, { token: text })
    expect(data.changePassword.sessionsEnded).toBe(others.length)
    for (const other of others) endAlone(other, 'PASSWORD_CHANGED')
    model.password = newPassword
  },
}

/** Waits until both instances have heard of everything up to now: records are heard in their order. */
const catchUp = async (): Promise<void> => {
  const jti = randomUUID()
  const last = forge.token({ claims: { jti } })
  await worlds[0].run(RevokeAccessTokenDocument, { input: { tokenId: jti } }, asAdmin())
  for (const world of worlds) {
    await eventually(async () => {
      const answer = await world.run(ViewerDocument, {}, { token: last })
      expect(answer.error.extensions.reason).toBe('REVOKED')
    })
  }
}

const expectAsModelled = async (model: Model): Promise<void> => {
  for (const world of worlds) {
    const answers = await Promise.all(model.tokens.map(token => ask(world, token)))
    expect(answers).toEqual(model.tokens.map(token => outcomeOf(token, model)))
  }
}

const begin = async (): Promise<Model> => {
  const account = await worlds[0].signUp()
  const model: Model = {
    account,
    password: account.password,
    roles: [],
    sessions: [],
    tokens: [],
    now: 0,
    allEnded: { at: 0, reason: '' },
    rolesChangedAt: 0,
  }
  const session = {
    id: account.session.id,
    refreshToken: account.refreshToken ?? '',
    ended: null,
    endedAlone: null,
  }
  model.sessions.push(session)
  keep(model, session, account.accessToken)
  return model
}

const step: fc.Arbitrary<Step> = fc.record({
  // Signing in and refreshing more often than the rest, so that there is something to end.
  kind: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom<Step['kind'][]>('login', 'refresh') },
    { weight: 3, arbitrary: fc.constantFrom(...(Object.keys(acts) as Step['kind'][])) },
  ),
  on: fc.constantFrom<(0 | 1)[]>(0, 1),
  pick: fc.nat(20),
})

test('an access token is accepted everywhere until it, its session, its user or its roles go', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 14, size: 'max' }), async steps => {
      const model = await begin()
      for (const each of steps) {
        await acts[each.kind](model, each)
        await catchUp()
        await expectAsModelled(model)
      }
    }),
    { numRuns: 15 },
  )
}, 120_000)
