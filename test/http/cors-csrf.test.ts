import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

const app = 'https://app.example.com'
const other = 'http://localhost:5173'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: `${app},${other}` } })
})
afterAll(() => world.close())

const corsHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))

const preflight = (origin: string, path = '/graphql') =>
  world.send(path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,authorization,x-evil',
    },
  })

const post = (origin: string, body = '{"query":"{viewer{userId}}"}', path = '/graphql') =>
  world.send(path, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body })

const foreign = [
  'https://evil.example',
  'null',
  'http://app.example.com',
  'https://app.example.com/',
  'https://app.example.com:443',
  'https://app.example.com.evil.example',
  'https://x.app.example.com',
  '*',
]

describe('a page of an allowed origin', () => {
  test.each([app, other])('%s is let in by the preflight, by exactly its name', async origin => {
    const answer = await preflight(origin)
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
    expect(corsHeaders(answer.headers)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers':
        'authorization,content-type,apollo-require-preflight,x-apollo-operation-name',
      'access-control-expose-headers': 'www-authenticate,x-request-id,retry-after',
      'access-control-max-age': '600',
    })
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  test.each([
    ['an answer', '{"query":"{viewer{userId}}"}', 200],
    ['a refusal', '{"query":"{sessions{id}}"}', 401],
    ['no JSON', 'x', 400],
    ['a body too large', 'x'.repeat(200_000), 413],
  ])('may read %s', async (_, body, status) => {
    const answer = await post(app, body)
    expect(answer.status).toBe(status)
    await answer.text()
    expect(corsHeaders(answer.headers)).toEqual({
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'www-authenticate,x-request-id,retry-after',
    })
    expect(answer.headers.get('vary')).toBe('Origin')
  })
})

describe('a page of a foreign origin', () => {
  test.each(foreign)('%s is told nothing: not by the preflight, not by an answer', async origin => {
    for (const answer of [await preflight(origin), await post(origin), await post(origin, 'x')]) {
      expect(corsHeaders(answer.headers)).toEqual({})
      expect(answer.headers.get('vary')).toBe('Origin')
      await answer.text()
    }
  })

  test('is told nothing on any other path of the server but the public documents', async () => {
    for (const path of ['/', '/health/live', '/health/ready', '/nowhere', '/graphql/', '/graphqlx']) {
      expect(corsHeaders((await preflight('https://evil.example', path)).headers)).toEqual({})
    }
  })
})

test('without allowed origins nobody is told anything', async () => {
  const alone = await createWorld()
  try {
    for (const origin of [app, alone.url, '*', 'undefined']) {
      const answer = await alone.send('/graphql', { method: 'OPTIONS', headers: { origin } })
      expect(corsHeaders(answer.headers)).toEqual({})
    }
  } finally {
    await alone.close()
  }
})

describe('what a foreign page can send without a preflight is refused', () => {
  const code = async (answer: Response): Promise<unknown> => {
    const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] }
    return [answer.status, errors[0]?.extensions.code]
  }

  test('a query by GET', async () => {
    const get = (headers: Record<string, string>) =>
      world.send('/graphql?query={viewer{userId}}', { headers })
    expect(await code(await get({}))).toEqual([400, 'BAD_REQUEST'])
    expect(await code(await get({ 'content-type': 'text/plain' }))).toEqual([400, 'BAD_REQUEST'])
    expect((await get({ 'apollo-require-preflight': 'yes' })).status).toBe(200)
    expect((await get({ 'x-apollo-operation-name': 'Viewer' })).status).toBe(200)
  })

  test.each([
    'text/plain',
    'text/plain;application/json',
    'text/plain; charset=utf-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data; boundary="application/json"',
    'application/json, text/plain',
    '',
  ])('a mutation as %j, and nothing is made', async type => {
    const account = newAccount()
    const body = JSON.stringify({
      query: 'mutation($input: SignupInput!) { signup(input: $input) { __typename } }',
      variables: { input: account },
    })
    for (const headers of [{}, { 'apollo-require-preflight': '1' }]) {
      const answer = await world.send('/graphql', {
        method: 'POST',
        headers: { ...headers, ...(type && { 'content-type': type }) },
        body: new TextEncoder().encode(body),
      })
      expect(await code(answer)).toEqual([415, 'BAD_REQUEST'])
    }
    const { rows } = await world.pool.query('SELECT 1 FROM users WHERE email = $1', [account.email])
    expect(rows).toEqual([])
  })

  test('a form with a file', async () => {
    const form = new FormData()
    form.set('operations', '{"query":"{viewer{userId}}"}')
    form.set('map', '{}')
    expect(await code(await world.send('/graphql', { method: 'POST', body: form }))).toEqual([
      415,
      'BAD_REQUEST',
    ])
  })

  test('a mutation by GET, even with a header that a preflight allowed, and nothing is made', async () => {
    const { email, password } = newAccount()
    const query = `mutation { signup(input: { email: "${email}", password: "${password}" }) { __typename } }`
    const answer = await world.send(`/graphql?query=${encodeURIComponent(query)}`, {
      headers: { 'apollo-require-preflight': '1' },
    })
    expect(answer.headers.get('allow')).toBe('POST')
    expect(await code(answer)).toEqual([405, 'BAD_REQUEST'])
    const { rows } = await world.pool.query('SELECT 1 FROM users WHERE email = $1', [email])
    expect(rows).toEqual([])
  })
})
