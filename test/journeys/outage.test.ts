import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import type { TokensFragment } from '../generated/graphql.js'
import {
  ChangePasswordDocument,
  LoginDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  MeDocument,
  RevokeSessionDocument,
  SessionsDocument,
  SignupDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import { untilBlocked } from '../support/blocked.js'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { Answer, World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

let database: TestDatabase
let proxy: DatabaseProxy
let world: World
let direct: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await createProxy(database.url)
  world = await createWorld({ databaseUrl: proxy.url, env: { SIGNET_REFRESH_GRACE_SECONDS: '120' } })
  direct = new Pool({ connectionString: database.url, max: 2 })
})
afterAll(async () => {
  proxy.heal()
  await world.close()
  await direct.end()
  await proxy.close()
  await database.drop()
})

const unavailable = { code: 'UNAVAILABLE', retryAfterSeconds: 2 }

const isLive = async (sessionId: string): Promise<boolean> =>
  (await direct.query('SELECT 1 FROM sessions WHERE id = $1 AND ended_at IS NULL', [sessionId])).rows.length >
  0

const generationOf = async (sessionId: string): Promise<number> =>
  (await direct.query('SELECT generation FROM sessions WHERE id = $1', [sessionId])).rows[0].generation

const untilGeneration = async (sessionId: string, generation: number): Promise<void> => {
  while ((await generationOf(sessionId)) < generation) await sleep(10)
}

const faults = async (): Promise<string[]> =>
  (await readFile(world.logFile, 'utf8')).split('\n').filter(line => line && JSON.parse(line).level >= 50)

describe.each(['cut', 'stall'] as const)('while the database is away (%s)', how => {
  test('every operation says so and no more, and afterwards everybody is signed in as before', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => world.signUp()))
    const [refresher, cookieless, reader, lister, leaver, everywhere, revoker, changer] = users
    if (!refresher || !cookieless || !reader || !lister || !leaver || !everywhere || !revoker || !changer)
      throw new Error('eight users were to sign up')
    // One that has been refreshed before: a late answer must not make its token look stolen.
    const second = (await world.refresh(cookieless.refreshToken)).data.refresh.refreshToken

    proxy[how]()
    const token = (user: { accessToken: string }) => ({ token: user.accessToken })
    const answers = await Promise.all([
      world.refresh(refresher.refreshToken),
      world.refresh(second, 'an attempt'),
      world.run(MeDocument, {}, token(reader)),
      world.run(SessionsDocument, {}, token(lister)),
      world.run(LoginDocument, { input: { email: reader.email, password: reader.password } }),
      world.run(SignupDocument, { input: newAccount() }),
      world.run(LogoutDocument, { input: { refreshToken: leaver.refreshToken ?? null } }),
      world.run(LogoutDocument, {}, token(leaver)),
      world.run(LogoutEverywhereDocument, {}, token(everywhere)),
      world.run(RevokeSessionDocument, { input: { sessionId: revoker.session.id } }, token(revoker)),
      world.run(
        ChangePasswordDocument,
        { input: { currentPassword: changer.password, newPassword: newAccount().password } },
        token(changer),
      ),
      // More than there are connections.
      ...Array.from({ length: 10 }, () => world.refresh(refresher.refreshToken)),
    ])
    for (const answer of answers) {
      expect(answer.error.extensions).toEqual(unavailable)
      // Refused before it executed, or beside `data`.
      expect(answer.status).toBe('data' in answer.body ? 200 : 503)
    }
    const viewer = await world.run(ViewerDocument, {}, token(reader))
    expect(viewer.data.viewer?.userId).toBe(reader.user.id)

    proxy.heal()
    const back = await world.refresh(refresher.refreshToken)
    expect(back.data.refresh.session.id).toBe(refresher.session.id)
    expect((await world.refresh(back.data.refresh.refreshToken)).body.errors).toBeUndefined()
    expect((await world.refresh(second, 'an attempt')).data.refresh.session.id).toBe(cookieless.session.id)
    expect((await world.run(MeDocument, {}, token(reader))).data.me).toEqual(reader.user)
    expect((await world.logIn(changer)).user.id).toBe(changer.user.id)
    for (const user of [refresher, cookieless, reader, lister, changer]) {
      expect(await isLive(user.session.id)).toBe(true)
    }
    expect(await faults()).toEqual([])
  })
})

describe('a refresh that the database carried out and could not answer', () => {
  /** Begins refreshes whose UPDATE is committed and whose answer never comes: one after another, or at once. */
  const refreshUnanswered = async (
    isAtOnce: boolean,
    ...of: readonly { user: TokensFragment; attemptId?: string }[]
  ) => {
    // A lock holds all of them where each has a connection and the database its statement.
    const holder = await direct.connect()
    await holder.query('BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
    const late: Promise<Answer<unknown>>[] = []
    for (const { user, attemptId } of of) {
      late.push(world.refresh(user.refreshToken, attemptId))
      if (!isAtOnce) await untilBlocked(direct, late.length)
    }
    await untilBlocked(direct)
    proxy.stall('answers')
    await holder.query('COMMIT')
    holder.release()
    await Promise.all(of.map(({ user }) => untilGeneration(user.session.id, 1)))
    return { late: Promise.all(late) }
  }

  const expectUnavailable = (answers: Answer<unknown>[]): void => {
    for (const answer of answers) expect(answer.error.extensions).toEqual(unavailable)
  }

  const expectOneSuccessor = async (user: TokensFragment, attemptId?: string): Promise<void> => {
    const first = await world.refresh(user.refreshToken, attemptId)
    const second = await world.refresh(user.refreshToken, attemptId)
    expect(second.data.refresh.refreshToken).toBe(first.data.refresh.refreshToken)
    expect(await generationOf(user.session.id)).toBe(1)
    const next = await world.refresh(first.data.refresh.refreshToken)
    expect(next.data.refresh.session.id).toBe(user.session.id)
    expect(await isLive(user.session.id)).toBe(true)
  }

  test.each([
    { end: 'time-out', isAtOnce: false },
    { end: 'break', isAtOnce: false },
    { end: 'break', isAtOnce: true },
  ])(
    'is told as UNAVAILABLE ($end, begun at once: $isAtOnce), and its retry gets the one successor',
    async ({ end, isAtOnce }) => {
      const [named, unnamed] = await Promise.all([world.signUp(), world.signUp()])
      const attemptId = `an attempt, ${end}, ${isAtOnce}`
      const { late } = await refreshUnanswered(isAtOnce, { user: named, attemptId }, { user: unnamed })
      if (end === 'break') proxy.cut()
      expectUnavailable(await late)
      proxy.heal()
      await expectOneSuccessor(unnamed)
      // A client that names its attempt has all the time that its session has.
      world.advance(3_600)
      await expectOneSuccessor(named, attemptId)
      expect(await faults()).toEqual([])
    },
  )
})

describe('a database that throws its clients out', () => {
  const throwOut = (): Promise<unknown> =>
    direct.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'signet'",
    )

  test('again and again costs answers and no session', async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => world.signUp()))
    let isOver = false
    const throwingOut = (async () => {
      while (!isOver) {
        await throwOut()
        await sleep(20)
      }
    })()
    const latest = await Promise.all(
      users.map(async user => {
        let token = user.refreshToken ?? null
        for (let round = 0; round < 10; round++) {
          const { body } = await world.refresh(token, `attempt ${round}`)
          if (body.errors) expect(body.errors.map(({ extensions }) => extensions)).toEqual([unavailable])
          else token = body.data?.refresh.refreshToken ?? null
          const me = await world.run(MeDocument, {}, { token: user.accessToken })
          if (me.body.errors) expect(me.error.extensions).toEqual(unavailable)
        }
        return token
      }),
    )
    isOver = true
    await throwingOut
    for (const [index, token] of latest.entries()) {
      const { session } = (await world.refresh(token, 'the last attempt')).data.refresh
      expect(session.id).toBe(users[index]?.session.id)
    }
    expect(await faults()).toEqual([])
  })

  test('in the middle of a sign-up has nothing of it', async () => {
    const account = newAccount()
    const blocker = await direct.connect()
    try {
      await blocker.query('BEGIN; LOCK TABLE passwords IN EXCLUSIVE MODE')
      const signup = world.run(SignupDocument, { input: { ...account, delivery: 'BODY' } })
      await untilBlocked(direct)
      await throwOut()
      expect((await signup).error.extensions).toEqual(unavailable)
    } finally {
      await blocker.query('ROLLBACK')
      blocker.release()
    }
    const { email } = await world.signUp(account)
    expect(email).toBe(account.email)
    expect(await faults()).toEqual([])
  })

  test('and lets nobody in again is out of reach, until it does', async () => {
    const user = await world.signUp()
    const name = new URL(database.url).pathname.slice(1)
    const server = new Pool({ connectionString: process.env.SIGNET_TEST_SERVER, max: 1 })
    try {
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
      await throwOut()
      expect((await world.refresh(user.refreshToken)).error.extensions).toEqual(unavailable)
      const me = await world.run(MeDocument, {}, { token: user.accessToken })
      expect(me.error.extensions).toEqual(unavailable)
      const login = await world.run(LoginDocument, { input: { email: user.email, password: user.password } })
      expect(login.error.extensions).toEqual(unavailable)
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    } finally {
      await server.end()
    }
    expect((await world.refresh(user.refreshToken)).data.refresh.session.id).toBe(user.session.id)
    expect(await faults()).toEqual([])
  })
})
