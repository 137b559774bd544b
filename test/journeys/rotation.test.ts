import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { hashRefreshToken, parseRefreshToken } from '../../src/sessions/refresh-token.js'
import { rotateSession } from '../../src/sessions/rotation-store.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
let second: World
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'RS256' } })
  second = await createWorld({ beside: world, env: { JWT_ALGORITHM: 'RS256' } })
})
afterAll(async () => {
  await second.close()
  await world.close()
})

const readRow = async (sessionId: string) =>
  (await world.pool.query('SELECT * FROM sessions WHERE id = $1', [sessionId])).rows[0]

const successor = async (token: string | null | undefined, from: World = world): Promise<string> =>
  (await from.refresh(token)).data.refresh.refreshToken ?? ''

/** The same token with other parts: what somebody could make who knows how tokens are built. */
const forge = (token: string, change: (bytes: Buffer) => void): string => {
  const prefix = token.slice(0, token.lastIndexOf('_', 10) + 1)
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url')
  change(bytes)
  return prefix + bytes.toString('base64url')
}

describe('a refresh token', () => {
  test('is opaque, carries a prefix that scanners know, and is stored as a hash alone', async () => {
    const { refreshToken, session } = await world.signUp()
    expect(refreshToken).toMatch(/^signet_rt_[\w-]{70}$/)
    const row = await readRow(session.id)
    expect(row.secret_hash).toHaveLength(32)
    const secret = Buffer.from((refreshToken ?? '').slice(10), 'base64url').subarray(20)
    expect(Object.values(row).some(value => Buffer.isBuffer(value) && value.equals(secret))).toBe(false)
  })

  test('presented fifty times at once gives one successor, one row and no error', async () => {
    const { refreshToken, session } = await world.signUp()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 ? world : second).refresh(refreshToken)),
    )
    const successors = new Set(answers.map(answer => answer.data.refresh.refreshToken))
    expect(successors.size).toBe(1)
    const { rows } = await world.pool.query('SELECT generation FROM sessions WHERE id = $1', [session.id])
    expect(rows).toEqual([{ generation: 1 }])
    expect(await successor([...successors][0])).not.toBe(refreshToken)
  })

  test('raced again and again between two instances never ends the session', async () => {
    let { refreshToken } = await world.signUp()
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([world, second, world, second].map(one => one.refresh(refreshToken)))
      const successors = new Set(answers.map(answer => answer.data.refresh.refreshToken))
      expect(successors.size).toBe(1)
      refreshToken = [...successors][0] ?? ''
    }
  })

  test('gives access tokens that differ even within the same second', async () => {
    const { refreshToken } = await world.signUp()
    const answers = await Promise.all([world.refresh(refreshToken), world.refresh(refreshToken)])
    expect(new Set(answers.map(answer => answer.data.refresh.accessToken)).size).toBe(2)
  })

  test('whose answer was lost is exchanged again within ten seconds', async () => {
    const { refreshToken } = await world.signUp()
    const lost = await successor(refreshToken)
    world.advance(9)
    expect(await successor(refreshToken)).toBe(lost)
    expect(await successor(lost)).not.toBe(lost)
    world.advance(-9)
  })

  test('whose answer was lost is exchanged again days later with the same attemptId', async () => {
    const { refreshToken } = await world.signUp()
    const first = await world.refresh(refreshToken, 'attempt-1')
    world.advance(3 * 86_400)
    const again = await world.refresh(refreshToken, 'attempt-1')
    expect(again.data.refresh.refreshToken).toBe(first.data.refresh.refreshToken)
    await successor(again.data.refresh.refreshToken)
    expect((await world.refresh(refreshToken, 'attempt-1')).error.extensions.code).toBe(
      'REFRESH_TOKEN_REUSED',
    )
    world.advance(-3 * 86_400)
  })

  test('is not exchanged again at once by the attempt that brought it: tabs that share a cookie race three and more', async () => {
    const { refreshToken, session } = await world.signUp()
    // The first is answered before the third asks, and the second comes last.
    const first = await world.refresh(refreshToken, 'of all tabs')
    const third = await world.refresh(first.data.refresh.refreshToken, 'of all tabs')
    const second = await world.refresh(refreshToken, 'of all tabs')
    for (const { data } of [second, third])
      expect(data.refresh.refreshToken).toBe(first.data.refresh.refreshToken)
    expect(third.data.refresh.accessToken).not.toBe(first.data.refresh.accessToken)
    expect(await readRow(session.id)).toMatchObject({ generation: 1 })
    world.advance(11)
    const { refresh } = (await world.refresh(third.data.refresh.refreshToken, 'of all tabs')).data
    expect(refresh.refreshToken).not.toBe(first.data.refresh.refreshToken)
    world.advance(-11)
  })

  test('whose answer was lost may be raced for as if it had been exchanged when it was asked for again', async () => {
    const { refreshToken, session } = await world.signUp()
    await world.refresh(refreshToken, 'of all tabs')
    const days = 6.99 * 86_400
    world.advance(days)
    const first = await world.refresh(refreshToken, 'of all tabs')
    const third = await world.refresh(first.data.refresh.refreshToken, 'of all tabs')
    const second = await world.refresh(refreshToken, 'of all tabs')
    for (const { data } of [second, third])
      expect(data.refresh.refreshToken).toBe(first.data.refresh.refreshToken)
    expect(await readRow(session.id)).toMatchObject({ generation: 1 })
    // And it has been used: it is not idle since the answer that was lost.
    world.advance(days)
    expect(await successor(first.data.refresh.refreshToken)).toMatch(/^signet_rt_/)
    world.advance(-2 * days)
  })

  test('that comes again after that is theft: its session ends, and no other of the user', async () => {
    const thiefs = await world.signUp()
    const other = await world.logIn(thiefs)
    const current = await successor(thiefs.refreshToken)
    world.advance(11)
    const replay = await world.refresh(thiefs.refreshToken, 'another attempt')
    expect(replay.error.extensions).toEqual({ code: 'REFRESH_TOKEN_REUSED' })
    expect(await readRow(thiefs.session.id)).toMatchObject({ end_reason: 'REUSED' })
    expect((await world.refresh(current)).error.extensions).toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'ENDED',
      sessionEndReason: 'REUSED',
    })
    expect((await world.refresh(other.refreshToken)).body.errors).toBeUndefined()
    world.advance(-11)
  })

  test('older by many generations is proven to be a replay', async () => {
    const { refreshToken, session } = await world.signUp()
    let token = refreshToken ?? ''
    for (let i = 0; i < 5; i++) token = await successor(token)
    expect((await world.refresh(refreshToken)).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
    expect((await readRow(session.id)).end_reason).toBe('REUSED')
  })

  test('forged with the id of a real session changes nothing', async () => {
    const { refreshToken, session } = await world.signUp()
    const current = await successor(refreshToken)
    const before = await readRow(session.id)
    const forgeries = [
      forge(current, bytes => bytes.fill(7, 20)),
      forge(current, bytes => bytes.writeUInt32BE(0, 16)),
      forge(current, bytes => bytes.writeUInt32BE(2, 16)),
      forge(current, bytes => bytes.writeUInt32BE(0xffffffff, 16)),
      forge(current, bytes => bytes.writeUInt32BE(0x7fffffff, 16)),
      forge(current, bytes => bytes.writeUInt32BE(0x7ffffffe, 16)),
      forge(refreshToken ?? '', bytes => bytes.writeUInt32BE(1, 16)),
      forge(current, bytes => bytes.fill(9, 0, 16)),
      forge(current, bytes => bytes.fill(0, 0, 16)),
      `${current}A`,
      `${current}=`,
      current.slice(0, -1),
      current.toUpperCase(),
      current.replace('signet_rt_', 'signet_rt_ '),
      '',
      'x'.repeat(50_000),
      '\ud800',
    ]
    for (const forgery of forgeries) {
      expect((await world.refresh(forgery)).error.extensions).toEqual({
        code: 'REFRESH_TOKEN_INVALID',
        reason: 'UNKNOWN',
      })
    }
    expect(await readRow(session.id)).toEqual(before)
    expect(await successor(current)).not.toBe(current)
  })

  test('of one session is of no use with the id of another', async () => {
    const mine = await world.signUp()
    const other = await world.signUp()
    const id = Buffer.from((other.refreshToken ?? '').slice(10), 'base64url').subarray(0, 16)
    const mixed = forge(mine.refreshToken ?? '', bytes => id.copy(bytes))
    expect((await world.refresh(mixed)).error.extensions.reason).toBe('UNKNOWN')
    expect((await world.refresh(mine.refreshToken)).body.errors).toBeUndefined()
    expect((await world.refresh(other.refreshToken)).body.errors).toBeUndefined()
  })

  test('that does not come at all is missing', async () => {
    expect((await world.refresh(null)).error.extensions).toEqual({
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'MISSING',
    })
  })

  test('keeps its attemptId short', async () => {
    const { refreshToken } = await world.signUp()
    expect((await world.refresh(refreshToken, 'x'.repeat(129))).error.extensions.code).toBe('BAD_USER_INPUT')
    expect((await world.refresh(refreshToken, 'x'.repeat(128))).body.errors).toBeUndefined()
  })

  test('brings roles up to date', async () => {
    const { refreshToken, user } = await world.signUp()
    await world.pool.query(`UPDATE users SET roles = '{admin}' WHERE id = $1`, [user.id])
    const { refresh } = (await world.refresh(refreshToken)).data
    expect(refresh.user.roles).toEqual(['admin'])
    const payload = JSON.parse(Buffer.from(refresh.accessToken.split('.')[1] ?? '', 'base64url').toString())
    expect(payload.roles).toEqual(['admin'])
  })

  test('is rotated in place: no update touches an index (HOT)', async () => {
    const { refreshToken, session } = await world.signUp()
    const { rows } = await world.pool.query(`SELECT reloptions FROM pg_class WHERE relname = 'sessions'`)
    expect(rows[0].reloptions).toEqual(['fillfactor=80'])
    const first = parseRefreshToken(refreshToken ?? '')
    if (!first) throw new Error('not a refresh token')
    const client = await world.pool.connect()
    await client.query('BEGIN')
    let secretHash = hashRefreshToken(first)
    for (let generation = 0; generation < 30; generation++) {
      const nextSecretHash = new Uint8Array(32).fill(generation)
      const moved = await rotateSession(
        { pool: client },
        {
          sessionId: session.id,
          generation,
          secretHash,
          nextSecretHash,
          attemptHash: null,
          now: new Date(),
          idleSince: new Date(0),
          graceSince: new Date(),
        },
      )
      expect(moved?.session.id).toBe(session.id)
      secretHash = nextSecretHash
    }
    const counts = await client.query(
      `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot FROM pg_stat_xact_user_tables WHERE relname = 'sessions'`,
    )
    await client.query('ROLLBACK')
    client.release()
    expect(counts.rows).toEqual([{ updates: 30, hot: 30 }])
  })

  test.each([
    { zone: 'UTC', name: null, roles: [], agent: null },
    { zone: 'Asia/Kolkata', name: 'A "b" \\ \u{1f600} \n', roles: ['a', 'b,"c"'], agent: 'x'.repeat(400) },
    { zone: 'America/St_Johns', name: '', roles: [''], agent: '\t{}' },
  ])('is told as it is in the table, whatever the zone of the connection: $zone', async given => {
    const { session, refreshToken } = await world.signUp()
    const first = parseRefreshToken(refreshToken ?? '')
    if (!first) throw new Error('not a refresh token')
    const client = await world.pool.connect()
    await client.query('BEGIN')
    await client.query(`SET LOCAL timezone = '${given.zone}'`)
    await client.query('UPDATE sessions SET user_agent = $2 WHERE id = $1', [session.id, given.agent])
    await client.query(
      'UPDATE users u SET name = $2, roles = $3 FROM sessions s WHERE s.user_id = u.id AND s.id = $1',
      [session.id, given.name, given.roles],
    )
    const now = new Date()
    const moved = await rotateSession(
      { pool: client },
      {
        sessionId: session.id,
        generation: 0,
        secretHash: hashRefreshToken(first),
        nextSecretHash: new Uint8Array(32),
        attemptHash: null,
        now,
        idleSince: new Date(0),
        graceSince: now,
      },
    )
    const { rows } = await client.query(
      `SELECT s.*, u.email, u.name, u.roles, u.created_at AS user_created_at, f.last_number
        FROM sessions s JOIN users u ON u.id = s.user_id, revocation_feed f WHERE s.id = $1`,
      [session.id],
    )
    await client.query('ROLLBACK')
    client.release()
    const [row] = rows
    expect(moved).toEqual({
      session: {
        id: session.id,
        userId: row.user_id,
        delivery: row.delivery,
        createdAt: row.created_at,
        rotatedAt: now,
        expiresAt: row.expires_at,
        endedAt: null,
        endReason: null,
        userAgent: given.agent,
        ipAddress: row.ip_address,
      },
      user: {
        id: row.user_id,
        email: row.email,
        name: given.name,
        roles: given.roles,
        createdAt: row.user_created_at,
        disabledAt: null,
      },
      knownNumber: Number(row.last_number),
    })
  })
})

describe('a session', () => {
  test('that is used stays; one idle for a week expires', async () => {
    const { refreshToken, session } = await world.signUp()
    world.advance(6 * 86_400)
    const token = await successor(refreshToken)
    world.advance(6 * 86_400)
    const kept = await successor(token)
    world.advance(7 * 86_400 + 1)
    expect((await world.refresh(kept)).error.extensions).toEqual({
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'EXPIRED',
    })
    expect((await readRow(session.id)).ended_at).toBeNull()
    world.advance(-19 * 86_400 - 1)
  })

  test('ends after thirty days however often it is used, and says when', async () => {
    const { refreshToken, session, refreshTokenExpiresAt } = await world.signUp()
    const lifetime = Date.parse(session.expiresAt) - Date.parse(session.createdAt)
    expect(lifetime).toBe(2_592_000_000)
    expect(Date.parse(refreshTokenExpiresAt) - Date.parse(session.createdAt)).toBe(604_800_000)
    let token = refreshToken ?? ''
    for (let day = 0; day < 5; day++) {
      world.advance(5 * 86_400)
      token = await successor(token)
    }
    world.advance(4.9 * 86_400)
    const last = (await world.refresh(token)).data.refresh
    expect(last.refreshTokenExpiresAt).toBe(session.expiresAt)
    world.advance(0.2 * 86_400)
    expect((await world.refresh(last.refreshToken)).error.extensions.reason).toBe('EXPIRED')
    world.advance(-30.1 * 86_400)
  })

  test('tells why it ended to a holder of a genuine token only', async () => {
    const { refreshToken, session } = await world.signUp()
    await world.pool.query(`UPDATE sessions SET ended_at = now(), end_reason = 'LOGOUT' WHERE id = $1`, [
      session.id,
    ])
    const stranger = forge(refreshToken ?? '', bytes => bytes.fill(1, 20))
    expect((await world.refresh(stranger)).error.extensions).toEqual({
      code: 'REFRESH_TOKEN_INVALID',
      reason: 'UNKNOWN',
    })
    expect((await world.refresh(refreshToken)).error.extensions.reason).toBe('ENDED')
  })

  test('is forgotten a week after its absolute end', async () => {
    const { session } = await world.signUp()
    const { sweepSessions } = await import('../../src/sessions/sweep.js')
    const { openDatabase } = await import('../../src/engines/database.js')
    const { createLog } = await import('../../src/lib/log.js')
    const db = openDatabase({ log: createLog('silent') }, { connectionString: world.databaseUrl })
    const sweepAt = (days: number) =>
      sweepSessions({ db, clock: () => new Date(Date.parse(session.createdAt) + days * 86_400_000) })
    await sweepAt(36.9)
    expect(await readRow(session.id)).toBeDefined()
    expect(await sweepAt(37.1)).toBeGreaterThan(0)
    expect(await readRow(session.id)).toBeUndefined()
    await db.close()
  })
})

describe('strict single use', () => {
  test('takes a second presentation for theft at once, unless it is the same attempt', async () => {
    const strict = await createWorld({ beside: world, env: { SIGNET_REFRESH_GRACE_SECONDS: '0' } })
    const first = await strict.signUp()
    const attempt = await strict.refresh(first.refreshToken, 'a')
    expect((await strict.refresh(first.refreshToken, 'a')).data.refresh.refreshToken).toBe(
      attempt.data.refresh.refreshToken,
    )
    expect((await strict.refresh(first.refreshToken)).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
    await strict.close()
  })
})
