import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { print } from 'graphql'
import { Pool } from 'pg'
import { findRunningPostgres } from '../../src/engines/running-postgres.js'
import { LoginDocument, LogoutDocument, SignupDocument, ViewerDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { findFreePort } from '../support/free-port.js'
import type { FreshAnswer } from '../support/fresh.js'
import { askFresh } from '../support/fresh.js'
import type { SignetProcess } from '../support/process.js'
import { isAlive, spawnSignet } from '../support/process.js'
import { follow } from '../support/socket.js'
import { createClient, newAccount } from '../support/world.js'

/** The pids of the workers that a process has started and that live. */
const workersOf = ({ child: { pid } }: SignetProcess): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    .split(' ')
    .map(Number)
    .filter(child => child > 0 && isAlive(child))
    .filter(child => readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('worker.js'))

/** The pids of the workers that have answered GraphQL since a moment in the log. */
const answerers = (signet: SignetProcess, since = 0): Set<number> =>
  new Set(
    [
      ...signet
        .output()
        .stderr.slice(since)
        .matchAll(/"worker":(\d+),.*"path":"\/graphql"/g),
    ].map(([, pid]) => Number(pid)),
  )

const viewer = { query: print(ViewerDocument) }

const askMany = async (url: string, token: string): Promise<FreshAnswer[]> => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => askFresh(url, viewer, token)))
  return answers.filter(answer => answer !== null)
}

describe('two workers on the embedded database', () => {
  const metricsToken = randomBytes(32).toString('hex')
  const spawnedAt = performance.now()
  let folder: string
  let signet: SignetProcess
  let url: string
  let client: ReturnType<typeof createClient>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signet-workers-'))
    signet = spawnSignet({
      PORT: '0',
      DATA_DIR: folder,
      JWT_ALGORITHM: 'ES256',
      LOG_LEVEL: 'debug',
      SIGNET_WORKERS: '2',
      SIGNET_METRICS_LISTEN: '0',
      SIGNET_METRICS_TOKEN: metricsToken,
    })
    url = await signet.ready
    client = createClient(url)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const scrape = async (base: string): Promise<string> => {
    const answer = await askFresh(base, { path: '/metrics' }, metricsToken)
    expect(answer?.status).toBe(200)
    return answer?.body ?? ''
  }
  /** What the first process says on the metrics' own port. */
  const scrapeOwn = () =>
    scrape(/"url":"(.*?)\/metrics"/.exec(signet.output().stderr)?.[1] ?? 'http://no.metrics.invalid')
  const numberOf = (page: string, name: string): number =>
    Number(
      page
        .split('\n')
        .find(line => line.startsWith(`${name} `))
        ?.split(' ')[1],
    )
  const accepted = 'signet_token_verify_seconds_count{algorithm="ES256",outcome="accepted"}'

  test('say once that they are ready, and both answer on one port', async () => {
    const { accessToken } = await client.signUp()
    const answers = await askMany(url, accessToken)
    expect(answers).toHaveLength(20)
    expect(answers.every(({ status, body }) => status === 200 && body.includes('"userId"'))).toBe(true)
    await eventually(() => expect([...answerers(signet)].sort()).toEqual(workersOf(signet).sort()))
    expect(answerers(signet).size).toBe(2)
    expect(signet.output().stdout.trim().split('\n')).toHaveLength(1)
  })

  test('tell their metrics as one: what both counted, once what both know', async () => {
    const before = numberOf(await scrapeOwn(), accepted)
    const { accessToken } = await client.signUp()
    await askMany(url, accessToken)
    const page = await scrapeOwn()
    expect(numberOf(page, accepted)).toBe(before + 20)
    const age = numberOf(page, 'signet_signing_key_age_seconds{state="current"}')
    expect(age).toBeGreaterThan(0)
    expect(age).toBeLessThan((performance.now() - spawnedAt) / 1000)
    for (let i = 0; i < 4; i++) expect(numberOf(await scrape(url), accepted)).toBe(before + 20)
    expect((await askFresh(url, { path: '/metrics' }))?.status).toBe(401)
  })

  test('refuse the token of a session that was signed out, whichever is asked, within a second', async () => {
    const { accessToken, refreshToken } = await client.signUp()
    expect((await askMany(url, accessToken)).every(({ status }) => status === 200)).toBe(true)
    await client.run(LogoutDocument, { input: { refreshToken } })
    const signedOutAt = performance.now()
    let answers = await askMany(url, accessToken)
    while (answers.some(({ status }) => status === 200)) answers = await askMany(url, accessToken)
    expect(performance.now() - signedOutAt).toBeLessThan(1000)
    const since = signet.output().stderr.length
    for (let i = 0; i < 3; i++) {
      answers = await askMany(url, accessToken)
      expect(answers).toHaveLength(20)
      expect(answers.every(({ status, body }) => status === 401 && body.includes('REVOKED'))).toBe(true)
    }
    await eventually(() => expect(answerers(signet, since).size).toBe(2))
    expect(numberOf(await scrapeOwn(), 'signet_revocation_records{kind="session"}')).toBe(1)
  })

  test('are two again when one is killed; no session is lost, no count forgotten, and the other goes on', async () => {
    const { accessToken, refreshToken } = await client.signUp()
    const invalid = 'signet_token_verify_seconds_count{algorithm="unknown",outcome="invalid"}'
    const since = signet.output().stderr.length
    await eventually(async () => {
      await askMany(url, 'nonsense')
      expect(answerers(signet, since).size).toBe(2)
    })
    const before = numberOf(await scrapeOwn(), invalid)
    expect(before).toBeGreaterThan(1)
    const [killed = 0] = workersOf(signet)
    let isOver = false
    const load = async (): Promise<FreshAnswer[]> => {
      const answers: (FreshAnswer | null)[] = []
      while (!isOver) answers.push(await askFresh(url, viewer, accessToken))
      return answers.filter(answer => answer !== null)
    }
    const loads = Array.from({ length: 10 }, load)
    process.kill(killed, 'SIGKILL')
    await eventually(() => expect(isAlive(killed)).toBe(false))
    // An answer that the killed one took with it is asked for again, as clients do.
    const { refresh } = (await eventually(() => client.refresh(refreshToken))).data
    await eventually(async () => {
      const answers = await askMany(url, refresh.accessToken)
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
      expect(workersOf(signet).every(pid => answerers(signet).has(pid))).toBe(true)
      expect(workersOf(signet)).toHaveLength(2)
    })
    expect(workersOf(signet)).not.toContain(killed)
    isOver = true
    // By the one that was left, and never by one that is only starting; no connection waits for the one that is gone.
    const answers = (await Promise.all(loads)).flat()
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(numberOf(await scrapeOwn(), invalid)).toBe(before)
    expect((await client.refresh(refresh.refreshToken)).body.errors).toBeUndefined()
  })

  test('finish what they have begun when a terminal’s Ctrl-C ends all of them, and leave nothing running', async () => {
    const running = await findRunningPostgres(folder)
    const pool = new Pool({ ...running?.connection, max: 1 })
    pool.on('error', () => {})
    const { accessToken, ...account } = await client.signUp()
    const follower = await follow({ url }, { accessToken })
    const blocker = await pool.connect()
    blocker.on('error', () => {})
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE users IN EXCLUSIVE MODE')
    const signup = (): object => ({ input: { ...newAccount(), delivery: 'BODY' } })
    const begun = Array.from({ length: 4 }, () =>
      askFresh(url, { query: print(SignupDocument), variables: signup() }),
    )
    await eventually(async () => {
      const { rows } = await blocker.query('SELECT 1 FROM pg_locks WHERE NOT granted')
      expect(rows).toHaveLength(4)
    })
    const { email, password } = account
    const login = { query: print(LoginDocument), variables: { input: { email, password, delivery: 'BODY' } } }
    let isOver = false
    const load = async (): Promise<(FreshAnswer | null)[]> => {
      const answers: (FreshAnswer | null)[] = []
      while (!isOver) {
        answers.push(await askFresh(url, viewer, accessToken))
        answers.push(await askFresh(url, login))
      }
      return answers
    }
    const loads = [load(), load(), load()]

    const workers = workersOf(signet)
    const postmaster = Number(
      (await readFile(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0],
    )
    for (const pid of workers) process.kill(pid, 'SIGINT')
    expect((await askFresh(url, viewer, accessToken))?.status).toBe(200)
    signet.child.kill('SIGINT')
    expect((await follower.closed).code).toBe(1001)
    for (const pid of workers.filter(isAlive)) process.kill(pid, 'SIGINT')
    signet.child.kill('SIGINT')
    await eventually(async () =>
      expect((await askFresh(url, { path: '/health/ready' }))?.body).toContain('stopping'),
    )
    await blocker.query('ROLLBACK')
    blocker.release()
    await pool.end()
    await running?.close()
    for (const answer of await Promise.all(begun)) {
      expect(answer?.status).toBe(200)
      expect(JSON.parse(answer?.body ?? '').data.signup.accessToken).toBeTruthy()
    }
    expect(await signet.exited).toBe(0)
    isOver = true
    const answers = (await Promise.all(loads)).flat().filter(answer => answer !== null)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]))
    for (const { status, body } of answers)
      expect(JSON.parse(body)).toHaveProperty(status === 200 ? 'data' : 'errors')
    expect([...workers, postmaster].filter(isAlive)).toEqual([])
  })
})

describe('SIGNET_WORKERS', () => {
  test.each(['0', 'abc', '1.5'])('%s is refused with a line that says what it takes', async value => {
    const signet = spawnSignet({ SIGNET_WORKERS: value })
    expect(await signet.exited).toBe(1)
    expect(signet.output().stderr).toBe(
      'The configuration has a fault:\n  SIGNET_WORKERS must be a whole number from 1 to 64. Example: SIGNET_WORKERS=4\n',
    )
  })

  test('says once what keeps workers from starting, and ends when they die again and again', async () => {
    const database = await createTestDatabase()
    const port = String(await findFreePort())
    const env = {
      PORT: port,
      DATABASE_URL: database.url,
      SIGNET_SECRET: randomBytes(32).toString('hex'),
      JWT_ALGORITHM: 'ES256',
      SIGNET_WORKERS: '2',
    }
    const signet = spawnSignet(env)
    await signet.ready

    const onTakenPort = spawnSignet(env)
    const withOtherSecret = spawnSignet({
      ...env,
      PORT: '0',
      SIGNET_SECRET: randomBytes(32).toString('hex'),
    })
    expect(await onTakenPort.exited).toBe(1)
    expect(onTakenPort.output().stderr).toBe(
      `Cannot listen on 127.0.0.1:${port} (EADDRINUSE): something else listens there; set another PORT.\n`,
    )
    expect(await withOtherSecret.exited).toBe(1)
    expect(withOtherSecret.output().stderr).toMatch(
      /^This database was set up with another SIGNET_SECRET\..*\n$/,
    )

    let kills = 0
    const killing = setInterval(() => {
      for (const pid of workersOf(signet)) {
        process.kill(pid, 'SIGKILL')
        kills++
      }
    }, 20)
    expect(await signet.exited).toBe(1)
    clearInterval(killing)
    expect(kills).toBeLessThan(12)
    expect(signet.output().stderr.trim().split('\n').at(-1)).toBe(
      'The workers end again and again, and none is left. A worker was ended by SIGKILL.',
    )
    await database.drop()
  })

  test('leaves no worker, and nobody on its port, after kill -9 of the first process', async () => {
    const database = await createTestDatabase()
    const signet = spawnSignet({
      PORT: '0',
      DATABASE_URL: database.url,
      SIGNET_SECRET: randomBytes(32).toString('hex'),
      JWT_ALGORITHM: 'ES256',
      SIGNET_WORKERS: '2',
    })
    const url = await signet.ready
    const workers = workersOf(signet)
    expect(workers).toHaveLength(2)
    signet.child.kill('SIGKILL')
    await eventually(() => expect(workers.filter(isAlive)).toEqual([]))
    expect(await askFresh(url, { path: '/health/live' })).toBeNull()
    const pool = new Pool({ connectionString: database.url, max: 1 })
    await eventually(async () => {
      const { rows } = await pool.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'signet%'",
      )
      expect(rows).toEqual([])
    })
    await pool.end()
    await database.drop()
  })
})
