// A second service when something goes wrong around it: what it is told with, its keys, its own end.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Verifier } from '../../src/verify/index.js'
import { nodeMiddleware } from '../../src/verify/index.js'
import { readMaxAge } from '../../src/verify/max-age.js'
import { RevokeSigningKeyDocument, ViewerDocument } from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { eventually } from '../support/eventually.js'
import { createAdmin, createCredential, setRoles } from '../support/feed.js'
import { createForge, openKeysOf } from '../support/forge.js'
import { createHttpProxy } from '../support/http-proxy.js'
import { readKids } from '../support/jwks.js'
import { createProxy } from '../support/proxy.js'
import { jwksPath, openServices, passing, reasonOf } from '../support/second-service.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
let credential: string
let admin: Admin
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'ES256' } })
  credential = await createCredential(world)
  admin = await signUpAdmin(world)
})
afterAll(() => world.close())

const { closeAfter, through, trust } = openServices(() => ({ issuer: world.url, credential }))

/** Revokes a key, by its place in the JWKS: the one that signs, or the one that waits. */
const revokeKey = async (place: 0 | 1): Promise<void> => {
  const kid = (await readKids(world))[place] ?? ''
  admin = { ...admin, ...(await world.refresh(admin.refreshToken)).data.refresh }
  const token = admin.accessToken
  await world.run(RevokeSigningKeyDocument, { input: { kid } }, { token })
}

describe('whoever is told of faults', () => {
  test.each<readonly [string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('the log is full')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the log is away'))],
  ])('and %s does no harm: the service goes on, and works when Signet is back', async (_, onFault) => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const proxy = await through(createProxy(world.url))
    const { accessToken } = await world.signUp()
    proxy.cut()
    const told: string[] = []
    const verifier = trust(proxy.url.replace(/\/$/, ''), {
      firstWaitSeconds: 0.1,
      onFault: fault => {
        told.push(fault.message)
        return onFault()
      },
    })
    expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
    // Of the keys, of the stream and of the polls, as often as these are tried meanwhile.
    await eventually(() => expect(told.length).toBeGreaterThanOrEqual(3))
    expect(new Set(told).size).toBe(told.length)
    proxy.heal()
    await eventually(async () => expect(await reasonOf(verifier, accessToken)).toBe('ok'))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

test('what is no token at all is refused like any other', async () => {
  const verifier = trust(world.url)
  for (const token of [undefined, null, 1, {}, [], '']) {
    expect(await reasonOf(verifier, token as string)).toBe('INVALID')
  }
})

test('a service that is closed before it knew anything answers whoever waits', async () => {
  const proxy = await through(createProxy(world.url))
  const { accessToken } = await world.signUp()
  proxy.stall()
  const verifier = trust(proxy.url.replace(/\/$/, ''), { firstWaitSeconds: 60 })
  const answers = Promise.all([reasonOf(verifier, accessToken), reasonOf(verifier, accessToken)])
  await verifier.close()
  await verifier.ready
  expect(await answers).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
  expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
})

describe('a key that was revoked in an emergency', () => {
  test('is refused within seconds though a cache on the way still shows it, and what is signed since then is good', async () => {
    const proxy = await through(createHttpProxy(world.url))
    const body = await (await world.send(jwksPath)).text()
    // A cache that answers with what it has, whatever it is asked.
    proxy.answer(jwksPath, { headers: { 'cache-control': 'public, max-age=86400' }, body })
    const verifier = trust(proxy.url)
    await verifier.ready
    const user = await world.signUp()
    expect(await reasonOf(verifier, user.accessToken)).toBe('ok')
    await revokeKey(0)
    await eventually(async () => expect(await reasonOf(verifier, user.accessToken)).toBe('INVALID'))
    const { accessToken } = (await world.refresh(user.refreshToken)).data.refresh
    expect(await reasonOf(verifier, accessToken)).toBe('ok')
    // One that starts now learns of it by the feed alone.
    const late = trust(proxy.url)
    await eventually(async () => expect(await reasonOf(late, user.accessToken)).toBe('INVALID'))
    expect(await reasonOf(late, accessToken)).toBe('ok')
  })

  test('twice within a max-age is a matter of waiting, and no rejection, where a cache does not know the new one', async () => {
    const proxy = await through(createHttpProxy(world.url))
    const body = await (await world.send(jwksPath)).text()
    proxy.answer(jwksPath, { headers: { 'cache-control': 'public, max-age=300' }, body })
    const verifier = trust(proxy.url)
    await verifier.ready
    await revokeKey(1)
    await revokeKey(0)
    const { accessToken } = await world.signUp()
    await eventually(async () => expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE'))
    proxy.answer(jwksPath, null)
    await eventually(async () => expect(await reasonOf(verifier, accessToken)).toBe('ok'))
  })

  test('is refused as soon where streams do not get through', async () => {
    const proxy = await through(createHttpProxy(world.url, { isBuffering: true }))
    const verifier = trust(proxy.url)
    const { accessToken } = await world.signUp()
    expect(await reasonOf(verifier, accessToken)).toBe('ok')
    await revokeKey(0)
    await eventually(async () => expect(await reasonOf(verifier, accessToken)).toBe('INVALID'))
  })
})

test('a new key that signs at once is found by whoever waits, and nobody is refused for coming too early', async () => {
  const proxy = await through(createHttpProxy(world.url))
  const verifier = trust(proxy.url, { revocations: null })
  await verifier.ready
  const keys = await openKeysOf(world, 'ES256')
  const forge = createForge(keys.current(), (await world.signUp()).accessToken)
  const strange = () =>
    reasonOf(verifier, forge.token({ header: { kid: randomBytes(32).toString('base64url') } }))
  // Keys are looked for once in five seconds; the first to come after the last look have just been looked for.
  const early = await Promise.all([strange(), strange()])
  // In an emergency with no key that waits, one signs that nobody has seen.
  await revokeKey(1)
  await revokeKey(0)
  const { accessToken } = await world.signUp()
  expect(await reasonOf(verifier, accessToken)).toBe('ok')
  expect(early).toEqual(['INVALID', 'INVALID'])
})

test('keys that cannot be fetched any more are believed for as long as a token of theirs may live', async () => {
  const proxy = await through(createHttpProxy(world.url))
  const { stopwatch, pass } = passing()
  const verifier = trust(proxy.url, { revocations: null, stopwatch, accessTokenSeconds: 900 })
  await verifier.ready
  const { accessToken } = await world.signUp()
  proxy.answer(jwksPath, { status: 503 })
  // The JWKS may be kept for 300 seconds.
  pass(300 + 880)
  expect(await reasonOf(verifier, accessToken)).toBe('ok')
  pass(30)
  expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
})

test.each<readonly [seconds: number, headers: Record<string, string>]>([
  [300, {}],
  [60, { 'cache-control': 'public, max-age=60' }],
  [60, { 'cache-control': 'MAX-AGE=60, public' }],
  [45, { 'cache-control': 'max-age=60', age: '15' }],
  [5, { 'cache-control': 'max-age=60', age: '3600' }],
  [5, { 'cache-control': 'public, no-cache' }],
  [5, { 'cache-control': 'no-store, max-age=3600' }],
  [5, { 'cache-control': 'max-age=0' }],
  [300, { 'cache-control': 'max-age=soon', age: 'old' }],
  [300, { 'cache-control': 's-maxage=5' }],
  [86_400, { 'cache-control': 'max-age=999999999' }],
])('keys are kept for %s seconds where the answer says %j', (seconds, headers) => {
  expect(readMaxAge(new Headers(headers))).toBe(seconds)
})

describe('while instances of two kinds run, as in a deploy,', () => {
  test('a service believes the keys of both, whichever tells it of revocations', async () => {
    const env = { JWT_ISSUER: world.url, JWT_ALGORITHM: 'RS256' }
    const other = await createWorld({ env, beside: world })
    const { stopwatch, pass } = passing()
    const verifier = trust(world.url, { stopwatch, jwksUrl: `${other.url}${jwksPath}` })
    await verifier.ready
    const { accessToken } = await other.signUp()
    expect(await reasonOf(verifier, accessToken)).toBe('ok')
    // What is said of the keys counts once they have been known for some seconds.
    pass(6)
    const polledAt = Date.now()
    await eventually(() => expect(Date.now() - polledAt).toBeGreaterThan(4_000))
    expect(await reasonOf(verifier, accessToken)).toBe('ok')
    await other.close()
  })

  test('a token that lives longer than Signet believes is refused there too', async () => {
    const env = { JWT_ISSUER: world.url, JWT_ALGORITHM: 'ES256', SIGNET_ACCESS_TOKEN_SECONDS: '60' }
    const lowered = await createWorld({ env, beside: world })
    const verifier = trust(lowered.url)
    await verifier.ready
    // A ban is forgotten after a minute and some: one that lives for fifteen would come back to life then.
    expect(await reasonOf(verifier, (await world.signUp()).accessToken)).toBe('INVALID')
    expect(await reasonOf(verifier, (await lowered.signUp()).accessToken)).toBe('ok')
    await lowered.close()
  })
})

test('when the database takes over without its newest records, what they revoked is good again, at once and everywhere', async () => {
  const verifier = trust(world.url)
  await verifier.ready
  const user = await world.signUp()
  const { rows } = await world.pool.query('SELECT last_number FROM revocation_feed')
  const cause = await createAdmin(world)
  await cause(setRoles, { input: { userId: user.user.id, roles: ['editor'] } })
  await eventually(async () => expect(await reasonOf(verifier, user.accessToken)).toBe('STALE'))
  // A fail-over, as the connections see it.
  await world.pool.query('DELETE FROM revocations WHERE number > $1', [rows[0].last_number])
  await world.pool.query('UPDATE revocation_feed SET last_number = $1', [rows[0].last_number])
  await world.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'signet feed' AND datname = current_database()",
  )
  const { accessToken } = (await world.refresh(user.refreshToken)).data.refresh
  const viewer = async () => (await world.run(ViewerDocument, {}, { token: accessToken })).body.data?.viewer
  await eventually(async () => expect(await viewer()).toMatchObject({ userId: user.user.id }))
  await eventually(async () => expect(await reasonOf(verifier, accessToken)).toBe('ok'))
})

describe('the middleware of node:http', () => {
  const serve = async (
    verify: Verifier['verify'],
    handle: (request: IncomingMessage, fault: unknown) => number,
    before?: (response: import('node:http').ServerResponse) => void,
  ): Promise<{ server: Server; ask: () => Promise<number> }> => {
    const protect = nodeMiddleware({ verify })
    const server = createServer((request, response) => {
      protect(request, response, fault => response.writeHead(handle(request, fault)).end())
      before?.(response)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closeAfter({ close: () => new Promise(resolve => server.close(resolve)) })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const headers = { authorization: 'Bearer a.b.c', connection: 'close' }
    return { server, ask: async () => (await fetch(url, { headers })).status }
  }

  test('hands a fault on as a fault', async () => {
    const { ask } = await serve(
      () => Promise.reject(new Error('broken')),
      (_, fault) => (fault instanceof Error ? 500 : 200),
    )
    expect(await ask()).toBe(500)
  })

  test('knows who asks over HTTP/2', async () => {
    const protect = nodeMiddleware({ verify: async () => ({ ok: false, reason: 'EXPIRED' }) })
    const server = createHttp2Server((request, response) =>
      protect(
        request as unknown as IncomingMessage,
        response as unknown as import('node:http').ServerResponse,
        () => response.end(),
      ),
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    closeAfter({ close: () => new Promise(resolve => server.close(resolve)) })
    closeAfter({ close: async () => session.close() })
    const statusOf = (headers: object): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const request = session.request({ ':path': '/', ...headers })
        request.on('response', ({ ':status': status }) => resolve(status)).on('error', reject)
        request.resume().end()
      })
    expect(await statusOf({ authorization: 'Bearer a.b.c' })).toBe(401)
    expect(await statusOf({})).toBe(401)
  })

  test('leaves a request alone that another has answered meanwhile', async () => {
    let handled = 0
    let judged = Promise.resolve()
    const { ask } = await serve(
      () => {
        const result = new Promise<{ ok: false; reason: 'INVALID' }>(resolve =>
          setTimeout(() => resolve({ ok: false, reason: 'INVALID' }), 50),
        )
        judged = result.then(() => {})
        return result
      },
      () => {
        handled += 1
        return 200
      },
      response => response.writeHead(504).end(),
    )
    expect(await ask()).toBe(504)
    await judged
    expect(handled).toBe(0)
  })
})
