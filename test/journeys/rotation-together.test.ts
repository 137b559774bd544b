// Refreshes of many sessions in the same moment, which the store answers by one statement.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hashRefreshToken, parseRefreshToken } from '../../src/sessions/refresh-token.js'
import { createRotateTogether, rotateSession } from '../../src/sessions/rotation-store.js'
import type { Rotation } from '../../src/sessions/session.js'
import { LogoutDocument, ViewerDocument } from '../generated/graphql.js'
import { untilBlocked } from '../support/blocked.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
let second: World
beforeAll(async () => {
  world = await createWorld()
  second = await createWorld({ beside: world })
})
afterAll(async () => {
  await second.close()
  await world.close()
})

const signUpMany = (count: number) => Promise.all(Array.from({ length: count }, () => world.signUp()))

const generationsOf = async (sessionIds: readonly string[]): Promise<number[]> => {
  const { rows } = await world.pool.query('SELECT id, generation FROM sessions WHERE id = ANY ($1)', [
    sessionIds,
  ])
  const generations = new Map(rows.map(({ id, generation }) => [id, generation]))
  return sessionIds.map(id => generations.get(id))
}

const rotationOf = (refreshToken: string | null | undefined, changes: Partial<Rotation> = {}): Rotation => {
  const token = parseRefreshToken(refreshToken ?? '')
  if (!token) throw new Error('not a refresh token')
  return {
    sessionId: token.sessionId,
    generation: token.generation,
    secretHash: hashRefreshToken(token),
    nextSecretHash: new Uint8Array(32).fill(7),
    attemptHash: null,
    now: new Date(),
    idleSince: new Date(0),
    graceSince: new Date(),
    ...changes,
  }
}

/** What rotates together, and the names of the statements that it took. */
const createWatched = () => {
  const names: string[] = []
  const query = (statement: { name: string; text: string }) => {
    names.push(statement.name)
    return world.pool.query(statement)
  }
  return { names, rotate: createRotateTogether({ pool: { query } as unknown as World['pool'] }) }
}

test('one statement moves them all, and each is told of its own as a statement of its own tells', async () => {
  const { names, rotate } = createWatched()
  const users = await signUpMany(20)
  await world.pool.query(
    `UPDATE users SET name = 'A "b" \\ ' || chr(128512), roles = '{a,"b,\\"c\\""}' WHERE id = $1`,
    [users[3]?.user.id],
  )
  const attemptHash = new Uint8Array(32).fill(9)
  const moved = await Promise.all(
    users.map(({ refreshToken }, at) => rotate(rotationOf(refreshToken, at % 2 ? { attemptHash } : {}))),
  )
  expect(names).toEqual(['rotate_unheld_sessions'])
  const { rows } = await world.pool.query('SELECT * FROM sessions WHERE id = ANY ($1)', [
    users.map(({ session }) => session.id),
  ])
  for (const [at, { session, user }] of users.entries()) {
    const row = rows.find(({ id }) => id === session.id)
    expect(row).toMatchObject({ generation: 1, attempt_hash: at % 2 ? Buffer.from(attemptHash) : null })
    expect(row.secret_hash.equals(Buffer.alloc(32, 7))).toBe(true)
    expect(row.rotated_at).toEqual(moved[at]?.session.rotatedAt)
    expect(moved[at]?.session).toMatchObject({ id: session.id, userId: user.id })
  }
  // The next generation, each alone: the same comes of it.
  const next = { generation: 1, secretHash: new Uint8Array(32).fill(7) }
  for (const [at, { refreshToken }] of users.entries()) {
    const alone = await rotateSession(world, rotationOf(refreshToken, next))
    expect(alone).toEqual({
      ...moved[at],
      session: { ...moved[at]?.session, rotatedAt: alone?.session.rotatedAt },
    })
  }
})

test('whoever comes alone is not asked for with others', async () => {
  const { names, rotate } = createWatched()
  const user = await world.signUp()
  expect(await rotate(rotationOf(user.refreshToken))).toBeNull()
  expect(names).toEqual([])
})

test('it moves a session once, and for who has its token, whoever comes before', async () => {
  const { names, rotate } = createWatched()
  const [own, other] = await signUpMany(2)
  const token = own?.refreshToken
  const moved = await Promise.all([
    rotate(rotationOf(token, { secretHash: new Uint8Array(32).fill(1) })),
    rotate(rotationOf(token, { generation: 1 })),
    rotate(rotationOf(token)),
    rotate(rotationOf(token)),
    rotate(rotationOf(other?.refreshToken)),
  ])
  expect(names).toEqual(['rotate_unheld_sessions'])
  expect(moved.slice(0, 2)).toEqual([null, null])
  expect(moved.slice(2, 4).filter(one => one !== null)).toHaveLength(1)
  expect(moved[4]?.session.id).toBe(other?.session.id)
  expect(await generationsOf([own?.session.id ?? '', other?.session.id ?? ''])).toEqual([1, 1])
})

test('a row that somebody holds is left to its own caller, and delays nobody', async () => {
  const { names, rotate } = createWatched()
  const [held, ...others] = await signUpMany(5)
  const client = await world.pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT 1 FROM sessions WHERE id = $1 FOR NO KEY UPDATE', [held?.session.id])
    const moved = await Promise.all([held, ...others].map(user => rotate(rotationOf(user?.refreshToken))))
    expect(names).toEqual(['rotate_unheld_sessions'])
    expect(moved.map(one => one?.session.id ?? null)).toEqual([
      null,
      ...others.map(({ session }) => session.id),
    ])
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
})

test('a store that fails is told to all, and nobody is asked for again: it may have moved them', async () => {
  let asked = 0
  const query = () => {
    asked += 1
    return Promise.reject(new Error('Connection terminated'))
  }
  const rotate = createRotateTogether({ pool: { query } as unknown as World['pool'] })
  const users = await signUpMany(3)
  const outcomes = await Promise.allSettled(users.map(({ refreshToken }) => rotate(rotationOf(refreshToken))))
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(asked).toBe(1)
})

test('it finds each row by its index, however few there are', async () => {
  const texts: string[] = []
  const query = async (statement: { text: string; values: unknown[] }) => {
    texts.push(statement.text)
    return { rows: [] }
  }
  const rotate = createRotateTogether({ pool: { query } as unknown as World['pool'] })
  const users = await signUpMany(2)
  await Promise.all(users.map(({ refreshToken }) => rotate(rotationOf(refreshToken))))
  const client = await world.pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO sessions (id, user_id, delivery, created_at, expires_at, rotated_at, secret_hash)
       SELECT gen_random_uuid(), $1, 'BODY', now(), now(), now(), sha256(n::text::bytea) FROM generate_series(1, 2000) n`,
      [users[0]?.user.id],
    )
    await client.query('ANALYZE sessions')
    await client.query(`PREPARE together (json, uuid[]) AS ${texts[0]}`)
    await client.query('SET LOCAL plan_cache_mode = force_generic_plan')
    const { rows } = await client.query("EXPLAIN EXECUTE together('[]', '{}')")
    const plan = rows.map(row => row['QUERY PLAN']).join('\n')
    expect(plan).not.toContain('Seq Scan on sessions')
    expect(plan.match(/sessions_pkey/g)).toHaveLength(2)
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
})

test('it touches no index either (HOT)', async () => {
  const users = await signUpMany(2)
  const client = await world.pool.connect()
  // It counts what the connection did before, too.
  const count = async (): Promise<{ updates: number; hot: number }> =>
    (
      await client.query(
        `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot FROM pg_stat_xact_user_tables WHERE relname = 'sessions'`,
      )
    ).rows[0]
  try {
    await client.query('BEGIN')
    const before = await count()
    const rotate = createRotateTogether({ pool: client })
    for (let generation = 0; generation < 10; generation++) {
      const step = { generation, ...(generation > 0 && { secretHash: new Uint8Array(32).fill(7) }) }
      const moved = await Promise.all(users.map(({ refreshToken }) => rotate(rotationOf(refreshToken, step))))
      expect(moved).not.toContain(null)
    }
    const after = await count()
    expect([after.updates - before.updates, after.hot - before.hot]).toEqual([20, 20])
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
})

test('everybody gets an access token of their own session, and each session moves once', async () => {
  const users = await signUpMany(40)
  const answers = await Promise.all(users.map(({ refreshToken }) => world.refresh(refreshToken)))
  const viewers = await Promise.all(
    answers.map(({ data }) => world.run(ViewerDocument, {}, { token: data.refresh.accessToken })),
  )
  expect(viewers.map(({ data }) => data.viewer?.sessionId)).toEqual(users.map(({ session }) => session.id))
  expect(viewers.map(({ data }) => data.viewer?.userId)).toEqual(users.map(({ user }) => user.id))
  const successors = answers.map(({ data }) => data.refresh.refreshToken)
  expect(new Set(successors).size).toBe(40)
  expect(await generationsOf(users.map(({ session }) => session.id))).toEqual(users.map(() => 1))
  const next = await Promise.all(successors.map(token => world.refresh(token)))
  expect(next.filter(({ body }) => body.errors)).toEqual([])
})

test('good tokens, retries, replays, strangers and ended sessions: each has the answer that it has alone', async () => {
  const [good, retried, replayed, ended, disabled, expired] = await signUpMany(6)
  if (!(good && retried && replayed && ended && disabled && expired)) throw new Error('six')
  const { refreshToken: lost } = (await world.refresh(retried.refreshToken)).data.refresh
  const current = (await world.refresh(replayed.refreshToken)).data.refresh.refreshToken
  await world.refresh(current)
  await world.run(LogoutDocument, { input: { refreshToken: ended.refreshToken ?? null } })
  await world.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.user.id])
  await world.pool.query("UPDATE sessions SET expires_at = now() - interval '1 s' WHERE id = $1", [
    expired.session.id,
  ])
  // The secret of one, the session of another.
  const bytes = [good, ended].map(({ refreshToken }) =>
    Buffer.from((refreshToken ?? '').slice('signet_rt_'.length), 'base64url'),
  )
  const forged = `signet_rt_${Buffer.concat([bytes[1]?.subarray(0, 20) ?? [], bytes[0]?.subarray(20) ?? []].map(part => Buffer.from(part))).toString('base64url')}`
  const answers = await Promise.all(
    [good, retried, replayed, ended, disabled, expired]
      .map(({ refreshToken }) => refreshToken)
      .concat(forged)
      .map(token => world.refresh(token)),
  )
  expect(
    answers.map(
      ({ body }) => body.errors?.[0]?.extensions.reason ?? body.errors?.[0]?.extensions.code ?? null,
    ),
  ).toEqual([null, null, 'REFRESH_TOKEN_REUSED', 'ENDED', 'ACCOUNT_DISABLED', 'EXPIRED', 'UNKNOWN'])
  expect(answers[1]?.data.refresh.refreshToken).toBe(lost)
  expect(await generationsOf([good.session.id, ended.session.id])).toEqual([1, 0])
})

test('whoever has to wait for a row that somebody holds holds up nobody else', async () => {
  const [held, ...others] = await signUpMany(10)
  const client = await world.pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE', [held?.session.id])
  let isAnswered = false
  const waits = world.refresh(held?.refreshToken).finally(() => {
    isAnswered = true
  })
  const answers = await Promise.all(others.map(({ refreshToken }) => world.refresh(refreshToken)))
  await untilBlocked(world.pool)
  expect(answers.filter(({ body }) => body.errors)).toEqual([])
  expect(isAnswered).toBe(false)
  await client.query('COMMIT')
  client.release()
  expect((await waits).data.refresh.user.id).toBe(held?.user.id)
})

test('a session that is ended while its refresh waits is not moved', async () => {
  const [held, other] = await signUpMany(2)
  const client = await world.pool.connect()
  await client.query('BEGIN')
  await client.query(`UPDATE sessions SET ended_at = now(), end_reason = 'LOGOUT' WHERE id = $1`, [
    held?.session.id,
  ])
  const answers = [held, other].map(user => world.refresh(user?.refreshToken))
  await untilBlocked(world.pool)
  await client.query('COMMIT')
  client.release()
  expect((await answers[0])?.error.extensions).toMatchObject({
    code: 'REFRESH_TOKEN_INVALID',
    reason: 'ENDED',
  })
  expect((await answers[1])?.data.refresh.user.id).toBe(other?.user.id)
})

test('whatever comes at once, from two instances, a session moves once and all its callers get one successor', async () => {
  const users = await signUpMany(4)
  const tokens = users.map(({ refreshToken }) => refreshToken)
  let [moves, round] = [0, 0]
  const caller = fc.record({
    whose: fc.nat({ max: tokens.length - 1 }),
    isSecond: fc.boolean(),
    attempt: fc.constantFrom(undefined, 'one', 'another'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(caller, { minLength: 2, maxLength: 30 }), async callers => {
      // The successor that an attempt brought stays for that attempt: each round has attempts of its own.
      const name = (attempt: string | undefined) => attempt && `${attempt} ${round}`
      round += 1
      const before = await generationsOf(users.map(({ session }) => session.id))
      const answers = await Promise.all(
        callers.map(({ whose, isSecond, attempt }) =>
          (isSecond ? second : world).refresh(tokens[whose], name(attempt)),
        ),
      )
      const after = await generationsOf(users.map(({ session }) => session.id))
      for (const whose of tokens.keys()) {
        const own = answers.filter((_, at) => callers[at]?.whose === whose)
        const successors = new Set(own.map(({ data }) => data.refresh.refreshToken))
        expect(successors.size).toBe(own.length > 0 ? 1 : 0)
        expect(after[whose]).toBe((before[whose] ?? 0) + successors.size)
        moves += successors.size
        for (const successor of successors) tokens[whose] = successor
      }
    }),
    { numRuns: 40 },
  )
  expect(moves).toBeGreaterThan(40)
}, 60_000)
