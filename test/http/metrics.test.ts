import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { LoginOutcome, RefreshOutcome } from '../../src/lib/metrics.js'
import { LoginDocument } from '../generated/graphql.js'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import { findFreePort } from '../support/free-port.js'
import { spawnSignet } from '../support/process.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import { head, sendRaw } from '../support/raw-request.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

const token = randomBytes(32).toString('base64url')

let database: TestDatabase
let proxy: DatabaseProxy
let world: World
let guarded: World
let metricsUrl: string
beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await createProxy(database.url)
  world = await createWorld({ databaseUrl: proxy.url, env: { SIGNET_METRICS_LISTEN: '0' } })
  guarded = await createWorld({
    beside: world,
    env: { SIGNET_METRICS_LISTEN: '127.0.0.1:0', SIGNET_METRICS_TOKEN: token },
  })
  metricsUrl = world.metricsUrl ?? ''
})
afterAll(async () => {
  proxy.heal()
  await guarded.close()
  await world.close()
  await proxy.close()
  await database.drop()
})

const scrape = async (): Promise<string> => (await fetch(metricsUrl)).text()

/** What a counter says, by outcome. */
const read = async (name: string): Promise<Map<string, number>> =>
  new Map(
    [...(await scrape()).matchAll(new RegExp(`^${name}{outcome="(\\w+)"} (\\d+)$`, 'gm'))].map(
      ([, outcome = '', count]) => [outcome, Number(count)],
    ),
  )

/** The outcomes that something adds to a counter. */
const added = async (name: string, action: () => Promise<unknown>): Promise<Record<string, number>> => {
  const before = await read(name)
  await action()
  return Object.fromEntries(
    [...(await read(name))]
      .map(([outcome, count]) => [outcome, count - (before.get(outcome) ?? Number.NaN)] as const)
      .filter(([, count]) => count !== 0),
  )
}
const refreshes = (action: () => Promise<unknown>): Promise<Partial<Record<RefreshOutcome, number>>> =>
  added('signet_refresh_total', action)
const logins = (action: () => Promise<unknown>): Promise<Partial<Record<LoginOutcome, number>>> =>
  added('signet_login_total', action)

const logIn = ({ email, password }: { email: string; password: string }) =>
  world.run(LoginDocument, { input: { email, password, delivery: 'BODY' } })

describe('a refresh is counted as', () => {
  test('rotated, where it gave a new pair', async () => {
    const { refreshToken } = await world.signUp()
    expect(await refreshes(() => world.refresh(refreshToken))).toEqual({ rotated: 1 })
  })

  test('retried, where the same attempt came again, and raced, where another did', async () => {
    const { refreshToken } = await world.signUp()
    await world.refresh(refreshToken, 'first')
    expect(await refreshes(() => world.refresh(refreshToken, 'first'))).toEqual({ retried: 1 })
    expect(await refreshes(() => world.refresh(refreshToken, 'second'))).toEqual({ raced: 1 })
    expect(await refreshes(() => world.refresh(refreshToken))).toEqual({ raced: 1 })
    world.advance(60)
    expect(await refreshes(() => world.refresh(refreshToken, 'first'))).toEqual({ retried: 1 })
    world.advance(-60)
  })

  test('rotated once and raced by all others, where one token comes many times at once', async () => {
    const { refreshToken } = await world.signUp()
    const outcomes = await refreshes(() =>
      Promise.all(Array.from({ length: 6 }, () => world.refresh(refreshToken))),
    )
    expect(outcomes).toEqual({ rotated: 1, raced: 5 })
  })

  test('reused, where it ended a session, and rejected after that', async () => {
    const { refreshToken } = await world.signUp()
    const { refreshToken: second } = (await world.refresh(refreshToken)).data.refresh
    await world.refresh(second)
    expect(await refreshes(() => world.refresh(refreshToken))).toEqual({ reused: 1 })
    expect(await refreshes(() => world.refresh(refreshToken))).toEqual({ rejected: 1 })
    expect(await refreshes(() => world.refresh(second))).toEqual({ rejected: 1 })
  })

  test('rejected, where it is refused for anything else', async () => {
    const { refreshToken, user } = await world.signUp()
    expect(await refreshes(() => world.refresh(null))).toEqual({ rejected: 1 })
    expect(await refreshes(() => world.refresh('nonsense'))).toEqual({ rejected: 1 })
    expect(await refreshes(() => world.refresh(refreshToken, 'x'.repeat(129)))).toEqual({ rejected: 1 })
    world.advance(30 * 86_400)
    expect(await refreshes(() => world.refresh(refreshToken))).toEqual({ rejected: 1 })
    world.advance(-30 * 86_400)
    await world.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
    expect(await refreshes(() => world.refresh(refreshToken))).toEqual({ rejected: 1 })
  })

  test('unavailable, where the database cannot be reached', async () => {
    const { refreshToken } = await world.signUp()
    proxy.cut()
    const outcomes = await refreshes(() => world.refresh(refreshToken))
    proxy.heal()
    expect(outcomes).toEqual({ unavailable: 1 })
    expect(await refreshes(() => world.refresh(refreshToken))).toEqual({ rotated: 1 })
  })

  test('unavailable, where Signet itself is at fault: that too leaves the client its session', async () => {
    const { refreshToken } = await world.signUp()
    await world.pool.query('ALTER TABLE sessions RENAME TO away')
    const outcomes = await refreshes(async () => {
      expect((await world.refresh(refreshToken)).error.extensions.code).toBe('INTERNAL_SERVER_ERROR')
    })
    await world.pool.query('ALTER TABLE away RENAME TO sessions')
    expect(outcomes).toEqual({ unavailable: 1 })
  })
})

describe('a login is counted as', () => {
  test('succeeded with the right password, and rejected with a wrong one or a wrong address', async () => {
    const user = await world.signUp()
    expect(await logins(() => logIn(user))).toEqual({ succeeded: 1 })
    expect(await logins(() => logIn({ ...user, password: newAccount().password }))).toEqual({ rejected: 1 })
    expect(await logins(() => logIn(newAccount()))).toEqual({ rejected: 1 })
    expect(await logins(() => logIn({ ...user, email: 'no address' }))).toEqual({ rejected: 1 })
  })

  test('disabled with the right password of a disabled account, and with a wrong one rejected', async () => {
    const user = await world.signUp()
    await world.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.user.id])
    expect(await logins(() => logIn(user))).toEqual({ disabled: 1 })
    expect(await logins(() => logIn({ ...user, password: newAccount().password }))).toEqual({ rejected: 1 })
  })

  test('unavailable, where the database cannot be reached', async () => {
    const user = await world.signUp()
    proxy.cut()
    const outcomes = await logins(() => logIn(user))
    proxy.heal()
    expect(outcomes).toEqual({ unavailable: 1 })
  })
})

describe('the metrics', () => {
  test('are Prometheus’ text, each with a help and every outcome from the start', async () => {
    const answer = await fetch(guarded.metricsUrl ?? '', { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const text = await answer.text()
    expect(text.match(/^signet_(refresh|login)_.*$/gm)).toEqual([
      ...['rotated', 'retried', 'raced', 'reused', 'rejected', 'unavailable'].map(
        outcome => `signet_refresh_total{outcome="${outcome}"} 0`,
      ),
      ...['succeeded', 'rejected', 'disabled', 'unavailable'].map(
        outcome => `signet_login_total{outcome="${outcome}"} 0`,
      ),
    ])
    expect(text.match(/^signet_revocation_.*(?= \S+$)/gm)).toEqual([
      'signet_revocation_lag_seconds',
      ...['token', 'session', 'user', 'everybody'].map(kind => `signet_revocation_records{kind="${kind}"}`),
    ])
    const kinds = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name)
    const helps = [...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name)
    expect(helps).toEqual(kinds)
    expect(kinds).toContain('process_cpu_seconds_total')
    expect(kinds).toContain('nodejs_eventloop_lag_seconds')
  })

  test('have as many lines with many users as with one', async () => {
    const shape = async () => (await scrape()).match(/^signet_[^ ]+/gm)
    const before = await shape()
    await Promise.all(
      Array.from({ length: 5 }, async () => world.refresh((await world.signUp()).refreshToken)),
    )
    expect(await shape()).toEqual(before)
  })

  test('are nowhere unless they are asked for', async () => {
    const plain = await createWorld({ beside: world })
    const answer = await plain.send('/metrics')
    const unknown = await plain.send('/no-such-path')
    expect([answer.status, await answer.text()]).toEqual([404, await unknown.text()])
    expect(plain.metricsUrl).toBeNull()
    await plain.close()
  })
})

describe('the port of the metrics', () => {
  test('is on loopback, and tells them without a token; the main port has none then', async () => {
    expect(new URL(metricsUrl).host).toMatch(/^127\.0\.0\.1:\d+$/)
    expect((await fetch(metricsUrl)).status).toBe(200)
    expect((await world.send('/metrics')).status).toBe(404)
  })

  test('serves nothing else', async () => {
    for (const path of [
      '/',
      '/graphql',
      '/health/live',
      '/.well-known/jwks.json',
      '/metrics/',
      '/metrics%2f',
    ])
      expect([path, (await fetch(new URL(path, metricsUrl))).status]).toEqual([path, 404])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await fetch(metricsUrl, { method })
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD'])
    }
    const answer = await fetch(metricsUrl, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect((await fetch(`${metricsUrl}?x=1`)).status).toBe(200)
  })

  test('has the headers of the main port, and refuses what is malformed as it does', async () => {
    const headers = ['content-security-policy', 'x-content-type-options', 'cross-origin-resource-policy']
    const [own, main] = await Promise.all([fetch(metricsUrl), world.send('/health/live')])
    for (const name of headers) {
      expect(own.headers.get(name)).toBeTruthy()
      expect(own.headers.get(name)).toBe(main.headers.get(name))
    }
    const statuses = (requests: readonly string[]) =>
      Promise.all(
        requests.map(async request => (await sendRaw(metricsUrl, request)).map(({ status }) => status)),
      )
    expect(
      await statuses([
        'NONSENSE\r\n\r\n',
        'GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n',
        head('OPTIONS *'),
        head('GET /metrics', { 'X-Long': 'x'.repeat(20_000) }),
        head('GET /metrics', { Expect: '200-ok' }),
      ]),
    ).toEqual([[400], [400], [400], [431], [200]])
  })

  test('answers before Signet has its database, and until it has stopped', async () => {
    const port = await findFreePort()
    const url = `http://127.0.0.1:${port}/metrics`
    const isAnswered = () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    proxy.stall()
    const starting = createWorld({
      databaseUrl: proxy.url,
      env: { SIGNET_METRICS_LISTEN: `${port}`, SIGNET_SECRET: world.secret },
    })
    while (!(await isAnswered())) await new Promise(setImmediate)
    proxy.heal()
    const started = await starting

    const blocker = await world.pool.connect()
    await blocker.query('BEGIN; LOCK TABLE users IN EXCLUSIVE MODE')
    const begun = started.signUp()
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    while ((await blocker.query(waiting)).rows.length === 0) await new Promise(setImmediate)
    const stopping = started.close()
    const isReady = async () => (await started.send('/health/ready')).ok
    while (await isReady()) await new Promise(setImmediate)
    expect(await isAnswered()).toBe(true)
    await blocker.query('ROLLBACK')
    blocker.release()
    await begun
    await stopping
    expect(await isAnswered()).toBe(false)
  })

  test('in use stops the start with a line that says so', async () => {
    const { port } = new URL(metricsUrl)
    const signet = spawnSignet({
      PORT: '0',
      DATABASE_URL: database.url,
      SIGNET_SECRET: randomBytes(32).toString('hex'),
      SIGNET_METRICS_LISTEN: port,
    })
    expect(await signet.exited).toBe(1)
    expect(signet.output().stderr).toBe(
      `Cannot listen on 127.0.0.1:${port} (EADDRINUSE): something else listens there; set another SIGNET_METRICS_LISTEN.\n`,
    )
  })
})

describe('the token of the metrics', () => {
  const ask = async (authorization?: string): Promise<(number | string | null)[][]> =>
    Promise.all(
      [`${guarded.url}/metrics`, guarded.metricsUrl ?? ''].map(async url => {
        const answer = await fetch(url, authorization === undefined ? {} : { headers: { authorization } })
        expect((await answer.text()).includes('signet_refresh_total')).toBe(answer.status === 200)
        return [answer.status, answer.headers.get('www-authenticate')]
      }),
    )
  const onBoth = (status: number, challenge: string | null) => [
    [status, challenge],
    [status, challenge],
  ]

  test('opens the main port and is asked for on both', async () => {
    expect(await ask(`Bearer ${token}`)).toEqual(onBoth(200, null))
    expect(await ask(`bearer ${token}`)).toEqual(onBoth(200, null))
    expect(await ask()).toEqual(onBoth(401, 'Bearer'))
  })

  test.each([
    ['another token', `Bearer ${randomBytes(32).toString('base64url')}`],
    ['a part of it', `Bearer ${token.slice(0, -1)}`],
    ['more than it', `Bearer ${token}A`],
    ['another scheme', `Basic ${Buffer.from(`x:${token}`).toString('base64')}`],
    ['no scheme', token],
    ['no token', 'Bearer'],
  ])('is needed whole: %s is refused', async (_, authorization) => {
    expect(await ask(authorization)).toEqual(onBoth(401, 'Bearer error="invalid_token"'))
  })

  test('is not the access token of a user, and may come once only', async () => {
    const { accessToken } = await guarded.signUp()
    expect(await ask(`Bearer ${accessToken}`)).toEqual(onBoth(401, 'Bearer error="invalid_token"'))
    const twice = head('GET /metrics').replace(
      '\r\n\r\n',
      `\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    for (const url of [guarded.url, guarded.metricsUrl ?? ''])
      expect((await sendRaw(url, twice)).map(({ status }) => status)).toEqual([401])
  })

  test('is needed while the database is away too, and is enough then', async () => {
    proxy.cut()
    const answers = [await ask(), await ask(`Bearer ${token}`)]
    proxy.heal()
    expect(answers).toEqual([onBoth(401, 'Bearer'), onBoth(200, null)])
  })

  test('leaves the main port to reading', async () => {
    const answer = await guarded.send('/metrics', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})
