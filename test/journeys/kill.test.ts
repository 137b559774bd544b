import { randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { Pool } from 'pg'
import { createTestDatabase } from '../support/database.js'
import { spawnSignet } from '../support/process.js'
import { createClient } from '../support/world.js'

const sleep = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

const kills = 50
const clients = 3

/** Refreshes again and again, as a careful client does: a new attempt only once the last one was answered. */
const keepRefreshing = async (findUrl: () => string, first: string, isOver: () => boolean) => {
  let token = first
  let rotations = 0
  let lostAnswers = 0
  while (!isOver()) {
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
      } else if (answer && code !== 'UNAVAILABLE') {
        throw new Error(`signed out by accident: ${JSON.stringify(answer.body.errors)}`)
      } else {
        lostAnswers++
      }
      await sleep(30)
    }
  }
  return { rotations, lostAnswers }
}

// As long as fifty starts take on a slow machine.
test(`kill -9 in the middle of rotations, ${kills} times: no client loses its session`, async () => {
  const database = await createTestDatabase()
  const secret = randomBytes(32).toString('hex')
  const spawn = () =>
    spawnSignet({ PORT: '0', DATABASE_URL: database.url, SIGNET_SECRET: secret, JWT_ALGORITHM: 'HS256' })
  let signet = spawn()
  let url = await signet.ready
  const signUps = await Promise.all(Array.from({ length: clients }, () => createClient(url).signUp()))
  let isOver = false
  const runs = Promise.all(
    signUps.map(({ refreshToken }) =>
      keepRefreshing(
        () => url,
        refreshToken ?? '',
        () => isOver,
      ),
    ),
  )
  runs.catch(() => {})
  // The next ones are already starting, as behind a load balancer; what is under way is lost at a random moment.
  const spares = [spawn(), spawn()]
  for (let kill = 0; kill < kills; kill++) {
    const next = spares.shift() ?? spawn()
    const nextUrl = await next.ready
    await sleep(Math.random() * 60)
    signet.child.kill('SIGKILL')
    await sleep(5)
    signet = next
    url = nextUrl
    if (kill < kills - 2) spares.push(spawn())
  }
  isOver = true
  const results = await runs
  expect(results.every(({ rotations }) => rotations > 0)).toBe(true)
  expect(results.reduce((sum, { lostAnswers }) => sum + lostAnswers, 0)).toBeGreaterThan(0)
  const pool = new Pool({ connectionString: database.url, max: 1 })
  const { rows } = await pool.query('SELECT count(*)::int AS ended FROM sessions WHERE ended_at IS NOT NULL')
  await pool.end()
  expect(rows).toEqual([{ ended: 0 }])
  signet.child.kill('SIGTERM')
  expect(await signet.exited).toBe(0)
  await database.drop()
}, 600_000)
