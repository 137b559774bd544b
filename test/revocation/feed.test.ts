// Numbers are given in the order of commits: whoever follows them, however often and at whatever moment, skips nothing.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import { systemStopwatch } from '../../src/lib/clock.js'
import { createLog } from '../../src/lib/log.js'
import { createFeed } from '../../src/revocation/feed.js'
import { createKnowledge } from '../../src/revocation/knowledge.js'
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

/** A follower, what it was given, and what it knows of. */
const follow = () => {
  const seen: Revocation[] = []
  const knowledge = createKnowledge({ clock: () => new Date(), stopwatch: systemStopwatch })
  const needs = { pool, clock: () => new Date(), stopwatch: systemStopwatch, log: createLog('silent') }
  const feed = createFeed({ ...needs, knowledge, tellOthers: async () => {} })
  let restarts = 0
  feed.follow({
    tell: records => void seen.push(...records),
    startAnew: () => {
      restarts += 1
    },
  })
  return { feed, seen, knowledge, restarts: () => restarts }
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

test('a database that lost its newest records is believed: what is left counts, and nothing that was lost', async () => {
  const { feed, seen, knowledge, restarts } = follow()
  const userId = randomUUID()
  const record = async (subject: string): Promise<number> =>
    (await pool.query(recordText.replace('gen_random_uuid()', '$1::uuid'), [subject])).rows[0].number
  const [keptSession, lostSession] = [randomUUID(), randomUUID()]
  const kept = await record(keptSession)
  const lost = await record(lostSession)
  await pool.query(`SELECT record_revocations('USER', ARRAY[$1::uuid], 'STALE', now(), ${soon})`, [userId])
  await feed.listener.catchUp(pool, true)
  expect(restarts()).toBe(0)
  const token = { tokenId: randomUUID(), sessionId: randomUUID(), userId, knownNumber: kept }
  expect(knowledge.find(token)).toMatchObject({ reason: 'STALE' })
  expect(knowledge.find({ ...token, sessionId: lostSession })).not.toBeNull()

  // What a fail-over to a standby that lagged behind looks like, and a backup that is put back.
  await pool.query('DELETE FROM revocations WHERE number > $1', [kept])
  await pool.query('UPDATE revocation_feed SET last_number = $1', [kept])
  // Somebody may have been signed out since, before this instance came to look.
  const since = randomUUID()
  const next = await record(since)
  // What a token knew that was issued before the loss, no later record may be below.
  expect(next).toBeGreaterThan(lost)
  seen.length = 0
  await feed.listener.catchUp(pool, true)
  expect(restarts()).toBe(1)
  expect(numbersOf(seen)).toEqual(expect.arrayContaining([kept, next]))
  expect(knowledge.find(token)).toBeNull()
  expect(knowledge.find({ ...token, sessionId: lostSession })).toBeNull()
  expect(knowledge.find({ ...token, sessionId: keptSession })).toMatchObject({ kind: 'SESSION' })
  expect(knowledge.find({ ...token, sessionId: since })).toMatchObject({ kind: 'SESSION' })
  await feed.listener.catchUp(pool, true)
  expect(restarts()).toBe(1)
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
