// A second service when something goes wrong around it: what it is told with, its keys, its own end.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Verifier, VerifierOptions } from '../../src/verify/index.js'
import { createVerifier, nodeMiddleware } from '../../src/verify/index.js'
import { readMaxAge } from '../../src/verify/max-age.js'
import { RevokeSigningKeyDocument } from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { eventually } from '../support/eventually.js'
import { createCredential } from '../support/feed.js'
import { createForge, openKeysOf } from '../support/forge.js'
import { createHttpProxy } from '../support/http-proxy.js'
import { readKids } from '../support/jwks.js'
import { createProxy } from '../support/proxy.js'
import { passing, reasonOf } from '../support/second-service.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const jwksPath = '/.well-known/jwks.json'

let world: World
let credential: string
let admin: Admin
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'ES256' } })
  credential = await createCredential(world)
  admin = await signUpAdmin(world)
})
afterAll(() => world.close())

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (let one = open.pop(); one; one = open.pop()) await one.close()
})
const through = async <P extends { close(): Promise<unknown> }>(proxy: Promise<P>): Promise<P> => {
  const opened = await proxy
  open.push(opened)
  return opened
}

/** Revokes a key, by its place in the JWKS: the one that signs, or the one that waits. */
const revokeKey = async (place: 0 | 1): Promise<void> => {
  const kid = (await readKids(world))[place] ?? ''
  admin = { ...admin, ...(await world.refresh(admin.refreshToken)).data.refresh }
  const token = admin.accessToken
  await world.run(RevokeSigningKeyDocument, { input: { kid } }, { token })
}

const trust = (url: string, more: Partial<VerifierOptions> = {}): Verifier => {
  const verifier = createVerifier({
    issuer: world.url,
    audience: 'signet',
    jwksUrl: `${url}${jwksPath}`,
    revocations: { url: `${url}/revocations`, credential },
    ...more,
  })
  open.push(verifier)
  return verifier
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
    let told = 0
    const verifier = trust(proxy.url.replace(/\/$/, ''), {
      firstWaitSeconds: 0.1,
      onFault: () => {
        told += 1
        return onFault()
      },
    })
    expect(await reasonOf(verifier, accessToken)).toBe('UNAVAILABLE')
    await eventually(() => expect(told).toBeGreaterThanOrEqual(2))
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
  [10, { 'cache-control': 'max-age=60', age: '3600' }],
  [10, { 'cache-control': 'public, no-cache' }],
  [10, { 'cache-control': 'no-store, max-age=3600' }],
  [10, { 'cache-control': 'max-age=0' }],
  [300, { 'cache-control': 'max-age=soon', age: 'old' }],
  [300, { 'cache-control': 's-maxage=5' }],
  [86_400, { 'cache-control': 'max-age=999999999' }],
])('keys are kept for %s seconds where the answer says %j', (seconds, headers) => {
  expect(readMaxAge(new Headers(headers))).toBe(seconds)
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
    open.push({ close: () => new Promise(resolve => server.close(resolve)) })
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
