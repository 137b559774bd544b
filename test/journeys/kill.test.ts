import { randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { Pool } from 'pg'
import { createTestDatabase } from '../support/database.js'
import { spawnSignet } from '../support/process.js'
import { createClient } from '../support/world.js'

const sleep = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

const kills = 50
const clients = 4

/** Refreshes again and again, as a careful client does: a new attempt only once the last one was answered. */
const keepRefreshing = async (findUrl: () => string, first: string, until: () => boolean) => {
  let token = first
  let rotations = 0
  while (!until()) {
    const attemptId = randomBytes(16).toString('hex')
    for (let answered = false; !answered; ) {
      const answer = await createClient(findUrl())
        .refresh(token, attemptId)
        .catch(() => null)
      const code = answer?.body.errors?.[0]?.extensions.code
      if (answer && !code) {
        token = answer.data.refresh.refreshToken ?? ''
        rotations++
        answered = true
        await sleep(15)
      } else if (code && code !== 'UNAVAILABLE') {
        throw new Error(`signed out by accident: ${JSON.stringify(answer?.body.errors)}`)
      } else {
        await sleep(5)
      }
    }
  }
  return rotations
}

test(`kill -9 in the middle of rotations, ${kills} times: no client loses its session`, async () => {
  const database = await createTestDatabase()
  const env = { PORT: '0', DATABASE_URL: database.url, SIGNET_SECRET: randomBytes(32).toString('hex') }
  let signet = spawnSignet(env)
  let url = await signet.ready
  const signUps = await Promise.all(Array.from({ length: clients }, () => createClient(url).signUp()))
  let done = false
  const runs = signUps.map(({ refreshToken }) =>
    keepRefreshing(
      () => url,
      refreshToken ?? '',
      () => done,
    ),
  )
  const all = Promise.all(runs)
  all.catch(() => {})
  let next = spawnSignet(env)
  for (let kill = 0; kill < kills; kill++) {
    // The next one is already up, as behind a load balancer; requests in flight are lost at random moments.
    const nextUrl = await next.ready
    await sleep(20 + Math.random() * 60)
    signet.child.kill('SIGKILL')
    signet = next
    url = nextUrl
    next = spawnSignet(env)
  }
  await next.ready
  done = true
  const rotations = await all
  expect(rotations.every(count => count > 0)).toBe(true)
  const pool = new Pool({ connectionString: database.url, max: 1 })
  const { rows } = await pool.query('SELECT count(*)::int AS ended FROM sessions WHERE ended_at IS NOT NULL')
  await pool.end()
  expect(rows).toEqual([{ ended: 0 }])
  for (const one of [signet, next]) {
    one.child.kill('SIGTERM')
    expect(await one.exited).toBe(0)
  }
  await database.drop()
}, 180_000)
