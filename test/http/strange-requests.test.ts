import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { head, sendRaw } from '../support/raw-request.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_EXPLORER: 'off' } })
})
afterAll(() => world.close())

test('what comes behind a request that ends the connection takes no answer away', async () => {
  const live = (more = {}) => head('GET /health/live', more)
  const answers = await sendRaw(world.url, live({ Connection: 'keep-alive' }) + live() + live() + live())
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
})

describe('a request that no client library would make', () => {
  const expectCodes = (answers: Awaited<ReturnType<typeof sendRaw>>): void => {
    for (const { status, headers, body } of answers) {
      expect(status).toBeLessThan(500)
      expect(headers['content-type']).toBe('application/json; charset=utf-8')
      if (status >= 400) expect(body).toMatch(/"code":"[A-Z_]+"/)
    }
  }

  test.each([
    ['//x', 404],
    ['//graphql', 404],
    ['//x/graphql', 404],
    ['///', 404],
    ['/%00', 404],
    ['/%', 404],
    ['/%zz', 404],
    ['/..', 404],
    ['/../../etc/passwd', 404],
    ['/..%2f..%2fetc/passwd', 404],
    ['/.', 404],
    ['/\\', 404],
    ['/graphql/', 404],
    ['/GRAPHQL', 404],
    ['/graphql%3fx', 404],
    ['/graphql;x', 404],
    ['/health/live?x', 200],
    ['/x/../health/live', 200],
    ['/é', 400],
    ['http://evil.example/health/live', 200],
    ['http://evil.example', 404],
    ['http://user:pass@evil.example:99/graphql', 400],
    ['http://[', 400],
    ['https://', 400],
    ['x:y', 400],
    ['*', 400],
    ['x', 400],
  ])('GET %s is answered with %i', async (path, status) => {
    const answers = await sendRaw(world.url, head(`GET ${path}`))
    expectCodes(answers)
    expect(answers.map(answer => answer.status)).toEqual([status])
  })

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'M-SEARCH'])(
    '%s is no method of any path',
    async method => {
      const paths = ['/graphql', '/.well-known/jwks.json', '/nowhere', '/']
      for (const [index, path] of paths.entries()) {
        const answers = await sendRaw(world.url, head(`${method} ${path}`))
        expectCodes(answers)
        // Not every release of Node knows every method; what it does not know is no HTTP.
        const expected = index < 2 ? 405 : 404
        expect([expected, ...(method === 'QUERY' ? [400] : [])]).toContain(answers[0]?.status)
        if (answers[0]?.status === 405) expect(answers[0].headers.allow).toMatch(/^GET, (HEAD|POST)$/)
      }
    },
  )

  test.each([
    ['a made-up method', head('BREW /graphql')],
    ['a method in small letters', head('get /health/live')],
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['the start of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['another version', 'GET / HTTP/3.0\r\nHost: x\r\n\r\n'],
    ['no Host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a header without a colon', head('GET /health/live').replace('Host:', 'Host')],
    ['a NUL in a header', head('GET /health/live', { 'X-Nul': 'a\0b' })],
    ['a NUL in the path', head('GET /\0')],
    ['a space in the path', head('GET /a b')],
    ['two lengths', head('POST /graphql', { 'Content-Length': '3', 'content-length': '4' })],
    ['a length that is no number', head('POST /graphql', { 'Content-Length': 'x' })],
    ['a length and chunks', head('POST /graphql', { 'Content-Length': '3', 'Transfer-Encoding': 'chunked' })],
    [
      'a chunk that is none',
      `${head('POST /graphql', { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' })}zz\r\n`,
    ],
  ])('%s is refused, and its connection closed', async (_, bytes) => {
    const answers = await sendRaw(world.url, bytes)
    expectCodes(answers)
    expect(answers.map(({ status, headers }) => [status, headers.connection])).toEqual([[400, 'close']])
  })

  test('an expectation that nobody knows does no harm', async () => {
    const [answer] = await sendRaw(world.url, head('GET /health/live', { Expect: 'wonders' }))
    expect(answer?.status).toBe(200)
  })

  test('CONNECT gets no tunnel', async () => {
    expect(await sendRaw(world.url, head('CONNECT evil.example:443'))).toEqual([])
  })

  test('several on one connection are answered in turn, whatever was wrong with those before', async () => {
    const keep = { Connection: 'keep-alive' }
    const body = '{"query":"{viewer{userId}}"}'
    const answers = await sendRaw(
      world.url,
      head('POST /graphql', { ...keep, 'Content-Type': 'text/plain', 'Content-Length': `${body.length}` }),
      body,
      head('PUT /graphql', {
        ...keep,
        'Content-Type': 'application/json',
        'Content-Length': `${body.length}`,
      }),
      body,
      head('POST /nowhere', { ...keep, 'Content-Length': `${body.length}` }),
      body,
      head('POST /graphql', { 'Content-Type': 'application/json', 'Content-Length': `${body.length}` }),
      body,
    )
    expect(answers.map(({ status }) => status)).toEqual([415, 405, 404, 200])
    expect(answers[3]?.body).toBe('{"data":{"viewer":null}}\n')
  })
})
