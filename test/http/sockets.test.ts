// The edge of WebSockets: who may open one, what may come over it, and how each ends.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { WebSocket } from 'ws'
import type { TokensFragment } from '../generated/graphql.js'
import { LogoutDocument } from '../generated/graphql.js'
import { eventually } from '../support/eventually.js'
import { head, sendRaw } from '../support/raw-request.js'
import type { BareSocket } from '../support/socket.js'
import { openSocket, readSockets } from '../support/socket.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const allowed = 'https://app.example.com'

let world: World
let user: TokensFragment
beforeAll(async () => {
  world = await createWorld({
    env: { SIGNET_ALLOWED_ORIGINS: allowed, SIGNET_INTROSPECTION: 'off', SIGNET_METRICS_LISTEN: '0' },
  })
  user = await world.signUp()
})
afterAll(() => world.close())

const parameters = () => ({ authorization: `Bearer ${user.accessToken}` })

const signedIn = async (at: World = world): Promise<BareSocket> => {
  const socket = await openSocket(at)
  await socket.init(parameters())
  return socket
}

const openingRequest = (path: string, headers: Record<string, string> = {}): string =>
  head(`GET ${path}`, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  })

describe('a browser opens sockets', () => {
  test('from an allowed origin and from Signet itself; what is no browser names none', async () => {
    for (const origin of [allowed, world.url, world.url.replace('127.0.0.1', 'localhost'), undefined]) {
      const socket = await openSocket(world, origin === undefined ? {} : { origin })
      await socket.init(parameters())
      expect(socket.messages).toEqual([{ type: 'connection_ack' }])
      await socket.leave()
    }
  })

  test.each([
    'https://evil.example',
    'null',
    `${allowed}.evil.example`,
    `${allowed}:8443`,
    'http://app.example.com',
  ])('never from %s', async origin => {
    await expect(openSocket(world, { origin })).rejects.toMatchObject({
      status: 403,
      errors: [{ extensions: { code: 'FORBIDDEN', reason: 'ORIGIN' } }],
    })
  })
})

describe('a request that asks to upgrade', () => {
  test('to something else is answered as if it had not, with its body', async () => {
    const body = JSON.stringify({ query: '{ viewer { userId } }' })
    const request = head('POST /graphql', {
      Connection: 'Upgrade, HTTP2-Settings, close',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
      'Content-Type': 'application/json',
      'Content-Length': `${body.length}`,
    })
    const [answer, ...more] = await sendRaw(world.url, request, body.slice(0, 10), body.slice(10))
    expect([answer?.status, answer?.body, more]).toEqual([200, '{"data":{"viewer":null}}\n', []])
  })

  test('at another path is told that nothing is there', async () => {
    const [answer] = await sendRaw(world.url, openingRequest('/health', { Connection: 'Upgrade, close' }))
    expect([answer?.status, JSON.parse(answer?.body ?? '').errors[0].extensions.code]).toEqual([
      404,
      'NOT_FOUND',
    ])
  })

  test.each([
    ['of an old version', { 'Sec-WebSocket-Version': '7' }],
    ['without a key', { 'Sec-WebSocket-Key': '' }],
  ])('%s is refused in the shape of every error', async (_, headers) => {
    const [answer] = await sendRaw(world.url, openingRequest('/graphql', headers))
    expect(answer?.status).toBe(400)
    expect(answer?.headers['sec-websocket-version']).toBe('13')
    expect(JSON.parse(answer?.body ?? '').errors[0].extensions.code).toBe('BAD_REQUEST')
  })

  test('while Signet stops is answered with 503, as everything is', async () => {
    const own = await createWorld()
    const { hostname, port } = new URL(own.url)
    const held = connect({ host: hostname, port: Number(port) })
    held.on('error', () => {})
    held.write(head('POST /graphql', { 'Content-Type': 'application/json', 'Content-Length': '2' }))
    const socket = await openSocket(own)
    const closing = own.close()
    expect(await socket.closed).toEqual({ code: 1001, reason: 'Signet is stopping' })
    const [answer] = await sendRaw(own.url, openingRequest('/graphql'))
    expect([answer?.status, answer?.headers['retry-after']]).toEqual([503, '1'])
    held.end('{}')
    await closing
  })
})

describe('a socket is closed with', () => {
  test('4406 when it does not speak the protocol', async () => {
    // A client that offers others only ends it by itself.
    await expect(openSocket(world, { protocol: 'graphql-ws' })).rejects.toThrow('closed with 1006')
    const silent = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`)
    const [code] = await once(silent, 'close')
    expect(code).toBe(4406)
  })

  test('4408 when no token comes', async () => {
    expect((await (await openSocket(world)).closed).code).toBe(4408)
  })

  test.each([
    ['no JSON', '{"type":'],
    ['no message', '[]'],
    ['a type that there is not', { type: 'start' }],
    ['a type that servers send', { type: 'connection_ack' }],
    ['bytes', Buffer.from('{"type":"ping"}')],
    ['a subscription without a document', { type: 'subscribe', id: '1', payload: {} }],
    ['variables that are none', { type: 'subscribe', id: '1', payload: { query: '{a}', variables: 'x' } }],
  ])('4400 after %s', async (_, message) => {
    const socket = await signedIn()
    socket.send(message)
    expect((await socket.closed).code).toBe(4400)
  })

  test('4401 when it subscribes before its token was taken', async () => {
    const socket = await openSocket(world)
    socket.send({ type: 'subscribe', id: '1', payload: { query: 'subscription { sessionEvents { at } }' } })
    expect((await socket.closed).code).toBe(4401)
  })

  test('4429 after a second token, 4409 after a second subscription of one id', async () => {
    const [twice, same] = [await signedIn(), await signedIn()]
    twice.send({ type: 'connection_init', payload: parameters() })
    expect((await twice.closed).code).toBe(4429)
    await same.subscribe('1')
    await same.subscribe('1')
    expect((await same.closed).code).toBe(4409)
  })

  test('1009 after a message of more than 100 KiB', async () => {
    const socket = await signedIn()
    socket.send({ type: 'ping', payload: { text: 'x'.repeat(100 * 1024) } })
    expect((await socket.closed).code).toBe(1009)
  })

  test('1002 after a frame that no client sends; Signet goes on', async () => {
    const socket = await signedIn()
    const raw: Writable = Reflect.get(socket.socket, '_socket')
    raw.write(Buffer.from([0xff, 0x00, 0x01]))
    expect((await socket.closed).code).toBe(1002)
    await (await signedIn()).leave()
  })
})

describe('an operation over a socket', () => {
  const refusalOf = async (payload: object) => {
    const socket = await signedIn()
    await socket.subscribe('1', payload)
    const answer = await socket.answerTo('1')
    await socket.leave()
    expect(answer.type).toBe('error')
    const [error] = answer.payload as { message: string; extensions: { code: string } }[]
    return [error?.extensions.code, error?.message]
  }
  const deep = `{ sessionEvents ${'{ a '.repeat(11)}${'}'.repeat(12)}`

  test.each([
    ['that is a query', { query: '{ viewer { userId } }' }, 'BAD_REQUEST', /subscriptions only/],
    [
      'that is a mutation',
      { query: 'mutation { logoutEverywhere { sessionsEnded } }' },
      'BAD_REQUEST',
      /by HTTP/,
    ],
    ['that is none', { query: 'subscription {' }, 'GRAPHQL_PARSE_FAILED', /^Syntax Error/],
    [
      'of too many tokens',
      { query: `subscription { ${'a '.repeat(1_000)} }` },
      'GRAPHQL_PARSE_FAILED',
      /1000 tokens/,
    ],
    ['that is too deep', { query: `subscription ${deep}` }, 'GRAPHQL_VALIDATION_FAILED', /depth/],
    [
      'with an unknown field',
      { query: 'subscription { sessionEvent { at } }' },
      'GRAPHQL_VALIDATION_FAILED',
      /"\.$/,
    ],
    [
      'that reads the schema',
      { query: '{ __schema { description } }' },
      'GRAPHQL_VALIDATION_FAILED',
      /introspection/,
    ],
    [
      'that its document lacks',
      { query: 'subscription A { sessionEvents { at } }', operationName: 'B' },
      'OPERATION_RESOLUTION_FAILURE',
      /^The document has no operation of this name/,
    ],
    [
      'with a wrong variable, whose value is not repeated',
      {
        query: 'subscription A($b: Boolean!) { sessionEvents { at @include(if: $b) __typename } }',
        variables: { b: 'pass-phrase' },
      },
      'BAD_USER_INPUT',
      /^Variable "\$b" got an invalid value\. Boolean cannot represent this value\.$/,
    ],
  ])('%s is refused under the rules of HTTP', async (_, payload, code, message) => {
    expect(await refusalOf(payload)).toEqual([code, expect.stringMatching(message)])
  })

  test('is the eleventh at most until one is completed', async () => {
    const socket = await signedIn()
    for (let index = 0; index < 10; index++) await socket.subscribe(`${index}`)
    await socket.subscribe('x')
    expect(await socket.answerTo('x')).toMatchObject({ payload: [{ extensions: { code: 'BAD_REQUEST' } }] })
    socket.send({ type: 'complete', id: '3' })
    await socket.subscribe('y')
    await eventually(async () => expect((await readSockets(world)).subscriptions).toBe(10))
    expect(socket.messages.filter(({ id }) => id === 'y')).toEqual([])
    await socket.leave()
  })
})

describe('an instance', () => {
  test('holds as many sockets as it is told to, and takes another when one is gone', async () => {
    const own = await createWorld({ env: { SIGNET_MAX_SOCKETS: '2' } })
    const [first] = [await openSocket(own), await openSocket(own)]
    await expect(openSocket(own)).rejects.toMatchObject({
      status: 503,
      errors: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 2 } }],
    })
    await first.leave()
    await eventually(() => openSocket(own))
    await own.close()
  })

  test('that stops says goodbye to two hundred sockets, each with 1001', async () => {
    const own = await createWorld()
    user = await own.signUp()
    const sockets: BareSocket[] = []
    for (let index = 0; index < 200; index++) sockets.push(await openSocket(own))
    for (const socket of sockets.slice(0, 80)) await socket.init(parameters())
    await own.close()
    const closings = await Promise.all(sockets.map(({ closed }) => closed))
    expect(new Set(closings.map(({ code }) => code))).toEqual(new Set([1001]))
    user = await world.signUp()
  })

  test('lets no user hold all its sockets', async () => {
    const own = await createWorld()
    user = await own.signUp()
    const sockets = await Promise.all(Array.from({ length: 100 }, () => signedIn(own)))
    const next = await signedIn(own)
    expect(await next.closed).toEqual({ code: 1013, reason: 'RATE_LIMITED' })
    await sockets[0]?.leave()
    const again = await eventually(async () => {
      const socket = await signedIn(own)
      expect(socket.messages).toHaveLength(1)
      return socket
    })
    await own.run(LogoutDocument, {}, { token: user.accessToken })
    for (const socket of [...sockets.slice(1), again]) expect((await socket.closed).code).toBe(4401)
    await own.close()
    user = await world.signUp()
  })

  test('cuts off who gives no sign of life, and nobody else', async () => {
    const [dead, live] = [await openSocket(world, { autoPong: false }), await openSocket(world)]
    for (const socket of [dead, live]) await socket.init(parameters())
    world.pass(16)
    await Promise.all([dead, live].map(({ socket }) => once(socket, 'ping')))
    world.pass(11)
    expect((await dead.closed).code).toBe(1006)
    world.pass(16)
    await once(live.socket, 'ping')
    await live.leave()
  })

  test('cuts off who asks and does not read', async () => {
    const socket = await signedIn()
    const message = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(90_000) } })
    socket.socket.pause()
    for (let index = 0; index < 400; index++) socket.send(message)
    await eventually(async () => expect((await readSockets(world)).signedIn).toBe(0))
    socket.socket.resume()
    await socket.closed
  })
})
