// Numbers are given in the order of commits: whoever follows them, however often and at whatever moment, skips nothing.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import { createLog } from '../../src/lib/log.js'
import type { Feed } from '../../src/revocation/feed.js'
import { createFeed } from '../../src/revocation/feed.js'
import type { Revocation } from '../../src/revocation/revocation.js'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  pool = new Pool({ connectionString: database.url, max: 12 })
  pool.on('error', () => {})
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const soon = "now() + interval '1 hour'"
const recordText = `SELECT record_revocations('SESSION', ARRAY[gen_random_uuid()], 'LOGOUT', now(), ${soon})::float8 AS number`

/** A follower, and what it was given. */
const follow = (): { feed: Feed; seen: Revocation[] } => {
  const seen: Revocation[] = []
  const denylist = { add: (record: Revocation) => void seen.push(record) }
  const feed = createFeed({
    pool,
    clock: () => new Date(),
    log: createLog('silent'),
    denylist,
    tellOthers: async () => {},
  })
  return { feed, seen }
}

const numbersOf = (seen: readonly Revocation[]) =>
  [...new Set(seen.map(({ number }) => number))].sort((a, b) => a - b)

test('a transaction that began first and commits last is not skipped', async () => {
  const { feed, seen } = follow()
  const [slow, quick] = await Promise.all([pool.connect(), pool.connect()])
  await slow.query('BEGIN')
  const first = (await slow.query(recordText)).rows[0].number
  // The quick one has to wait for its number: it may not be readable before the first is.
  const second = quick.query(recordText)
  await eventually(async () => {
    const { rows } = await pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%record_revocations%' AND datname = current_database()",
    )
    expect(rows).toHaveLength(1)
  })
  await feed.readNow()
  expect(numbersOf(seen)).not.toContain(first)
  await slow.query('COMMIT')
  const late = (await second).rows[0].number
  expect(late).toBeGreaterThan(first)
  await feed.readNow()
  expect(numbersOf(seen)).toEqual(expect.arrayContaining([first, late]))
  slow.release()
  quick.release()
})

test('under writers of every speed, some of whom fail, followers are given every number, in order', async () => {
  const followers = Array.from({ length: 3 }, follow)
  let isOver = false
  const following = followers.map(async ({ feed }) => {
    while (!isOver) await feed.readNow()
  })
  const committed: number[] = []
  const write = async (writer: number): Promise<void> => {
    for (let round = 0; round < 40; round++) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        if (round % 3 === writer % 3) await client.query('SELECT pg_sleep($1)', [Math.random() / 200])
        const { number } = (await client.query(recordText)).rows[0]
        if (round % 4 === 0) await client.query('SELECT pg_sleep($1)', [Math.random() / 200])
        const fails = (round + writer) % 5 === 0
        await client.query(fails ? 'ROLLBACK' : 'COMMIT')
        if (!fails) committed.push(number)
      } finally {
        client.release()
      }
    }
  }
  await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)))
  isOver = true
  await Promise.all(following)
  committed.sort((a, b) => a - b)
  expect(committed).toHaveLength(192)
  expect(new Set(committed).size).toBe(192)
  for (const { feed, seen } of followers) {
    await feed.readNow()
    expect(numbersOf(seen)).toEqual(expect.arrayContaining(committed))
    const given = seen.map(({ number }) => number)
    expect(given).toEqual([...given].sort((a, b) => a - b))
  }
})

test('a database that lost its newest records has all that are left read again, and gives no number twice', async () => {
  const { feed, seen } = follow()
  const kept = (await pool.query(recordText)).rows[0].number
  const lost = (await pool.query(recordText)).rows[0].number
  await feed.listener.catchUp(pool, true)
  expect(numbersOf(seen)).toEqual(expect.arrayContaining([kept, lost]))
  // What a fail-over to a standby that lagged behind looks like, and a backup that is put back.
  await pool.query('DELETE FROM revocations WHERE number > $1', [kept])
  await pool.query('UPDATE revocation_feed SET last_number = $1', [kept])
  seen.length = 0
  await feed.listener.catchUp(pool, true)
  expect(numbersOf(seen)).toContain(kept)
  // What a token knew that was issued before the loss, no later record may be below.
  const next = (await pool.query(recordText)).rows[0].number
  expect(next).toBeGreaterThan(lost)
  await feed.readNow()
  expect(numbersOf(seen)).toContain(next)
})

test('records of one statement have numbers of their own, in a row', async () => {
  const { feed, seen } = follow()
  await feed.listener.catchUp(pool, true)
  seen.length = 0
  await pool.query(
    `SELECT record_revocations('SESSION', ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 3)), 'LOGOUT', now(), ${soon})`,
  )
  await feed.readNow()
  const [first = 0] = numbersOf(seen)
  expect(numbersOf(seen)).toEqual([first, first + 1, first + 2])
  expect(new Set(seen.map(({ subject }) => subject)).size).toBe(3)
})
