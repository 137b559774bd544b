import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { maxBodyBytes } from '../../src/http/body.js'
import { createHttpServer } from '../../src/http/server.js'
import { createLog } from '../../src/lib/log.js'
import { head, sendRaw } from '../support/raw-request.js'
import type { Answer, World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
let quiet: World
let production: World
beforeAll(async () => {
  world = await createWorld()
  quiet = await createWorld({ env: { SIGNET_INTROSPECTION: 'off' } })
  production = await createWorld({ env: { NODE_ENV: 'production' } })
})
afterAll(async () => {
  await world.close()
  await quiet.close()
  await production.close()
})

const post = (
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
  to: World = world,
): Promise<Response> =>
  to.send('/graphql', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

const ask = async (query: string, to: World = world) => {
  const answer = await post(JSON.stringify({ query }), {}, to)
  const body = (await answer.json()) as Answer<Record<string, unknown>>['body']
  const [first] = body.errors ?? []
  return { status: answer.status, body, code: first?.extensions.code, message: first?.message ?? '' }
}

const viewer = '{"query":"{viewer{userId}}"}'

/** A query padded with white space to so many bytes. */
const ofBytes = (count: number): string => `${viewer.slice(0, -1)}${' '.repeat(count - viewer.length)}}`

const expectAlive = async (): Promise<void> =>
  expect(await (await post(viewer)).json()).toEqual({ data: { viewer: null } })

describe('a body', () => {
  test('may have 100 KiB and not a byte more, and the server goes on', async () => {
    expect(maxBodyBytes).toBe(102_400)
    expect((await post(ofBytes(maxBodyBytes))).status).toBe(200)
    const refused = await post(ofBytes(maxBodyBytes + 1))
    expect([refused.status, await refused.json()]).toEqual([
      413,
      {
        errors: [{ message: 'The body may have at most 102400 bytes.', extensions: { code: 'BAD_REQUEST' } }],
      },
    ])
    await expectAlive()
  })

  test('that is too large is refused with an answer that arrives, and the connection goes on', async () => {
    const large = 'x'.repeat(5_000_000)
    const [refused, next] = await sendRaw(
      world.url,
      head('POST /graphql', {
        Connection: 'keep-alive',
        'Content-Type': 'application/json',
        'Content-Length': `${large.length}`,
      }),
      large,
      head('GET /health/live'),
    )
    expect(refused?.status).toBe(413)
    expect(next).toMatchObject({ status: 200, body: '{"status":"live"}' })
  })

  test('of unknown length is counted while it comes', async () => {
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }
    const sized = (chunks: number) => [
      head('POST /graphql', { ...headers, Connection: 'keep-alive' }),
      ...Array.from({ length: chunks }, () => chunk),
      `${viewer.length.toString(16)}\r\n${viewer}\r\n0\r\n\r\n`,
    ]
    const answers = await sendRaw(world.url, ...sized(6), ...sized(7), ...sized(40), head('GET /health/live'))
    expect(answers.map(({ status }) => status)).toEqual([200, 413, 413, 200])
  })

  test('that is compressed is refused: a small one could unfold to any size', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'gzip, identity', 'x']) {
      const answer = await post(gzipSync(viewer), { 'content-encoding': encoding })
      expect([answer.status, await answer.text()]).toEqual([415, expect.stringContaining('Content-Encoding')])
    }
    expect((await post(viewer, { 'content-encoding': 'identity' })).status).toBe(200)
  })

  test('whose client goes away half-way is no fault of the server’s', async () => {
    const start = head('POST /graphql', { 'Content-Type': 'application/json', 'Content-Length': '1000' })
    const { hostname, port } = new URL(world.url)
    for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
      for (const sent of [start.slice(0, 30), start, `${start}{"query":`]) {
        const socket = connect({ host: hostname, port: Number(port) })
        socket.on('error', () => {})
        await new Promise<void>(resolve => socket.write(sent, () => resolve()))
        await sleep(20)
        const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
        socket.resume()
        socket[leave]()
        await closed
      }
    }
    await expectAlive()
    const faults = (await readFile(world.logFile, 'utf8'))
      .split('\n')
      .filter(line => line && JSON.parse(line).level >= 40)
    expect(faults).toEqual([])
  })
})

describe('a document', () => {
  const fields = (count: number): string =>
    `{${Array.from({ length: count }, (_, i) => `a${i}:viewer{userId}`).join('')}}`

  test('may have a thousand tokens and not one more', async () => {
    // Six tokens for each field, two for the braces, and the end of the file is none.
    expect((await ask(`${fields(166)}`)).status).toBe(200)
    expect(await ask(`${fields(166).slice(0, -1)}viewer{a:userId}}`)).toMatchObject({
      status: 400,
      code: 'GRAPHQL_PARSE_FAILED',
      message: expect.stringContaining('1000 tokens'),
    })
  })

  test('is answered, however it is built to be slow to read', async () => {
    const spreads = Array.from({ length: 240 }, (_, i) => `...F${i}`).join(' ')
    const answers = await Promise.all(
      [
        `{${'a'.repeat(90_000)}}`,
        `{viewer(a:"${'\\u0041'.repeat(12_000)}"){userId}}`,
        `{${'a '.repeat(990)}}`,
        `{${'viewer{userId}'.repeat(249)}}`,
        `query ${spreads.length} {${spreads}}`,
        `{${'{'.repeat(998)}`,
        `#${'comment\n#'.repeat(9_000)}\n{viewer{userId}}`,
      ].map(query => ask(query)),
    )
    for (const { status, body } of answers) {
      expect([200, 400]).toContain(status)
      for (const error of body.errors ?? []) expect(error.extensions.code).toMatch(/^GRAPHQL_/)
    }
  })

  /** So many fields, one in the other. */
  const nested = (depth: number): string => '{a'.repeat(depth) + '}'.repeat(depth)

  const isTooDeep = async (query: string): Promise<boolean> => {
    const { body } = await ask(query)
    return (body.errors ?? []).some(({ message }) => /depth/i.test(message))
  }

  test('may be ten fields deep and not eleven', async () => {
    expect(await isTooDeep(nested(10))).toBe(false)
    expect(await isTooDeep(nested(11))).toBe(true)
    expect(await ask(nested(11))).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  })

  test('is not made shallow by fragments', async () => {
    const inline = (depth: number) => '{...{a'.repeat(depth) + '}}'.repeat(depth)
    expect([await isTooDeep(inline(10)), await isTooDeep(inline(11))]).toEqual([false, true])
    const spread = (first: number, second: number) =>
      `{${'a{'.repeat(first)}...F${'}'.repeat(first)}} fragment F on Query ${nested(second)}`
    expect([await isTooDeep(spread(4, 6)), await isTooDeep(spread(5, 6))]).toEqual([false, true])
    const twice = `{...F a{a{...F}}} fragment F on Query ${nested(9)}`
    expect(await isTooDeep(twice)).toBe(true)
    const after = `{a{a{...F}}} fragment F on Query {a{a{a{a{a{...G}}}}}} fragment G on Query ${nested(4)}`
    expect(await isTooDeep(after)).toBe(true)
  })

  test('whose fragments go in a circle is refused', async () => {
    for (const query of [
      '{...A} fragment A on Query {...A}',
      '{...A} fragment A on Query {viewer{userId} ...B} fragment B on Query {...A}',
      '{a{...A}} fragment A on Query {a{...B}} fragment B on Query {a{...C}} fragment C on Query {a{...A}}',
      'fragment A on Query {...B} fragment B on Query {...A} {...B ...A}',
    ]) {
      expect(await ask(query)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
    }
    await expectAlive()
  })

  test('comes alone: a batch is refused whole', async () => {
    for (const batch of [`[${viewer},${viewer}]`, `[${viewer}]`, '[]']) {
      const answer = await post(batch)
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('BAD_REQUEST')])
    }
  })
})

describe('the schema', () => {
  const introspect = '{__schema{queryType{name}}}'
  const type = '{__type(name:"User"){fields{name}}}'

  test('is told to who asks, and mistyped names get suggestions', async () => {
    expect((await ask(introspect)).body).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } })
    expect((await ask('{vewer{userId}}')).message).toBe(
      'Cannot query field "vewer" on type "Query". Did you mean "viewer" or "user"?',
    )
  })

  test.each(['SIGNET_INTROSPECTION=off', 'NODE_ENV=production'])('is not told with %s', async env => {
    const to = env === 'NODE_ENV=production' ? production : quiet
    for (const query of [introspect, type]) {
      expect(await ask(query, to)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
    }
    expect((await ask('{__typename}', to)).body).toEqual({ data: { __typename: 'Query' } })
  })

  test.each(['SIGNET_INTROSPECTION=off', 'NODE_ENV=production'])(
    'is not told by suggestions with %s',
    async env => {
      const to = env === 'NODE_ENV=production' ? production : quiet
      const signup = 'mutation($input: SignupInput!){signup(input:$input){__typename}}'
      const bodies = [
        { query: '{vewer{userId}}' },
        { query: '{viewer{userIdd}}' },
        { query: 'mutation{signup(inpu:{}){__typename}}' },
        { query: 'mutation{signup(input:{emial:"",password:"",email:""}){__typename}}' },
        { query: 'mutation{signup(input:{delivery:COOKI,password:"",email:""}){__typename}}' },
        { query: 'mutation($input:SignupInpt){signup(input:$input){__typename}}' },
        { query: signup, variables: { input: { email: '', password: '', emial: '' } } },
        { query: signup, variables: { input: { email: '', password: '', delivery: 'COOKI' } } },
      ]
      for (const body of bodies) {
        const text = await (await post(JSON.stringify(body), {}, to)).text()
        expect(text).toContain('"errors"')
        expect(text).not.toMatch(/did you mean/i)
      }
    },
  )
})

test('a client that sends slowly does not hold a connection for ever, and an idle one outlives its proxy’s', () => {
  const server = createHttpServer({
    log: createLog('silent'),
    handlers: () => null,
    stage: () => ({ kind: 'starting' }),
    metrics: null,
    allowedOrigins: [],
  })
  const { headersTimeout, requestTimeout, keepAliveTimeout } = server
  expect({ headersTimeout, requestTimeout, keepAliveTimeout }).toEqual({
    headersTimeout: 10_000,
    requestTimeout: 20_000,
    keepAliveTimeout: 65_000,
  })
})

test('headers of more than 16 KiB are refused', async () => {
  const [answer] = await sendRaw(world.url, head('GET /health/live', { 'X-Long': 'x'.repeat(20_000) }))
  expect(answer?.status).toBe(431)
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
})

describe('every answer', () => {
  const json = { 'content-type': 'application/json' }
  const kinds: readonly [string, number, string, RequestInit][] = [
    ['data', 200, '/graphql', { method: 'POST', headers: json, body: viewer }],
    [
      'an error',
      200,
      '/graphql',
      { method: 'POST', headers: json, body: '{"query":"mutation{refresh{accessToken}}"}' },
    ],
    ['no JSON', 400, '/graphql', { method: 'POST', headers: json, body: '{' }],
    ['no GraphQL', 400, '/graphql', { method: 'POST', headers: json, body: '{"query":"{"}' }],
    ['no token', 401, '/graphql', { method: 'POST', headers: json, body: '{"query":"{sessions{id}}"}' }],
    ['a foreign GET', 400, '/graphql?query={viewer{userId}}', {}],
    ['a method', 405, '/graphql', { method: 'PUT', headers: json, body: viewer }],
    ['a type', 415, '/graphql', { method: 'POST', body: 'x' }],
    ['a large body', 413, '/graphql', { method: 'POST', headers: json, body: 'x'.repeat(maxBodyBytes + 1) }],
    ['nothing there', 404, '/nowhere', {}],
    ['health', 200, '/health/live', {}],
    ['readiness', 200, '/health/ready', {}],
    ['keys', 200, '/.well-known/jwks.json', {}],
    ['keys by POST', 405, '/.well-known/jwks.json', { method: 'POST' }],
  ]

  test.each(kinds)(
    'about %s (%i) carries the headers that protect a browser',
    async (_, status, path, init) => {
      const answer = await world.send(path, init)
      await answer.text()
      expect(answer.status).toBe(status)
      const headers = Object.fromEntries(answer.headers)
      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringContaining('max-age='),
        'cross-origin-resource-policy': expect.stringMatching(/^(same|cross)-origin$/),
        'x-request-id': expect.stringMatching(/^[\w-]{12}-\d+$/),
        'content-type': expect.stringMatching(/^application\/json; charset=utf-8$/),
      })
      for (const name of ['x-powered-by', 'cross-origin-opener-policy', 'x-xss-protection'])
        expect(headers).not.toHaveProperty(name)
      if (!path.startsWith('/.well-known') || status !== 200)
        expect(headers['cache-control']).toBe('no-store')
    },
  )

  test('with the page keeps other windows away from it', async () => {
    const answer = await world.send('/', { headers: { accept: 'text/html' } })
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })

  test('has a number of its own, never the caller’s', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () =>
        (await world.send('/health/live', { headers: { 'x-request-id': 'mine' } })).headers.get(
          'x-request-id',
        ),
      ),
    )
    expect(new Set([...ids, 'mine']).size).toBe(3)
  })

  test('has a number that a search of the log finds nobody else’s lines by', async () => {
    const ids: string[] = []
    while (ids.length < 12) ids.push((await world.send('/health/live')).headers.get('x-request-id') ?? '')
    for (const id of ids) expect(ids.filter(other => other.startsWith(id))).toEqual([id])
  })
})

describe('a subscription by HTTP', () => {
  test("is the caller's fault, and no line in the log of faults", async () => {
    const { status, code, message } = await ask('subscription { sessionEvents { at } }')
    expect([status, code, message]).toEqual([
      400,
      'BAD_REQUEST',
      'Subscriptions are served over WebSocket at this address, by the protocol graphql-transport-ws.',
    ])
    const lines = (await readFile(world.logFile, 'utf8')).split('\n').filter(line => line)
    expect(lines.filter(line => JSON.parse(line).level >= 50)).toEqual([])
  })
})
