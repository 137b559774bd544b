// The fast lane answers what Apollo Server would, to the byte, over the whole schema and all forms of a request.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createSchema } from '../../src/graphql/schema.js'
import { signUpAdmin } from '../support/admin.js'
import type { Post } from '../support/lanes.js'
import { comparable, logged, openLanes, post } from '../support/lanes.js'
import { walkSchema } from '../support/walk-schema.js'
import type { World } from '../support/world.js'

const walks = walkSchema(createSchema()).filter(({ operation }) => operation !== 'subscription')

let lanes: Awaited<ReturnType<typeof openLanes>>
beforeAll(async () => {
  lanes = await openLanes()
})
afterAll(() => lanes.close())

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

/** Makes a document known without executing anything of it but what anybody may. */
const makeKnown = (body: object) => post(lanes.fast, { body, headers: bearer('nonsense') })

const headersFor = async (world: World, who: 'nobody' | 'user' | 'admin' | 'nonsense') => {
  if (who === 'nobody') return {}
  if (who === 'nonsense') return bearer(who)
  return bearer((await (who === 'user' ? world.signUp() : signUpAdmin(world))).accessToken)
}

describe.each(walks.map(walk => [walk.name, walk] as const))('%s', (_, { document: query }) => {
  test.each(['nobody', 'user', 'admin', 'nonsense'] as const)('is answered the same to %s', async who => {
    await makeKnown({ query })
    const answers = []
    for (const world of [lanes.fast, lanes.apollo]) {
      const headers = await headersFor(world, who)
      const [answer, byApollo] = await lanes.countApollo(() => post(world, { body: { query }, headers }))
      // What is answered with a 200 went by the lane; only a refusal is Apollo's to word.
      if (world === lanes.fast) expect(byApollo).toBe(answer.status === 200 ? 0 : 1)
      answers.push({ answer: comparable(answer), log: logged(world, answer) })
    }
    expect(answers[0]).toEqual(answers[1])
  })
})

/** Asks both lanes the same until the fast one knows it, and holds the last answers against each other. */
const expectSame = async (request: Post, { times = 3 } = {}) => {
  for (let turn = 1; turn < times; turn++) await post(lanes.fast, request)
  const [fast, apollo] = [await post(lanes.fast, request), await post(lanes.apollo, request)]
  expect(comparable(fast)).toEqual(comparable(apollo))
  expect(logged(lanes.fast, fast)).toEqual(logged(lanes.apollo, apollo))
  return fast
}

const query = '{ viewer { userId } }'
const named = 'query A { viewer { userId } } query B($deep: Boolean = true) { me @include(if: $deep) { id } }'
const listed =
  'query L($id: ID!, $page: Int! = 3) { user(id: $id) { id } users(first: $page) { totalCount } }'

describe('a request that', () => {
  const bodies: Record<string, object | string> = {
    'is plain': { query },
    'has null for what it leaves out': { query, operationName: null, variables: null, extensions: null },
    'names no operation of two': { query: named },
    'names one of two': { query: named, operationName: 'A' },
    'names the other of two': { query: named, operationName: 'B', variables: { deep: true } },
    'gives a variable that nobody declared': { query: named, operationName: 'B', variables: { other: 1 } },
    'gives a variable of a wrong type': { query: named, operationName: 'B', variables: { deep: 'yes' } },
    'leaves out a variable that is needed': { query: listed },
    'gives null for a variable that is needed': { query: listed, variables: { id: null } },
    'gives too large a number': { query: listed, variables: { id: 'x', page: 2 ** 31 } },
    'names an operation that is not there': { query, operationName: 'C' },
    'names the empty operation': { query, operationName: '' },
    'has variables that are a list': { query, variables: [] },
    'has variables that are text': { query, variables: '{}' },
    'has a name that is a number': { query, operationName: 1 },
    'has extensions of its client': { query, extensions: { clientLibrary: { name: '@apollo/client' } } },
    'has extensions that are text': { query, extensions: '{}' },
    'has a persisted query that is not there': {
      query,
      extensions: { persistedQuery: { version: 1, sha256Hash: 'none' } },
    },
    'has a query that is a number': { query: 1 },
    'has an empty query': { query: '' },
    'has no query': { operationName: 'A' },
    'is a list': [{ query }],
    'is no JSON': '{"query":',
    'is empty': '',
    'is null': 'null',
    'has no such field': { query: '{ viewer { userid } }' },
    'cannot be parsed': { query: '{ viewer { userId }' },
    'asks for the schema': { query: '{ __schema { queryType { name } } }' },
    'asks for the name of a type': { query: '{ __typename viewer { __typename userId } }' },
    'is a subscription': { query: 'subscription { sessionEvents { __typename } }' },
    'is too deep': { query: `{ me { sessions${' { id'.repeat(12)}${' }'.repeat(12)} } }` },
    'has too many tokens': { query: `{ ${'a: viewer { userId } '.repeat(300)} }` },
    'is too large': { query: `{ viewer { userId } } #${'x'.repeat(110_000)}` },
    'has a long comment': { query: `{ viewer { userId } } #${'x'.repeat(5_000)}` },
    'skips everything': { query: '{ viewer @skip(if: true) { userId } }' },
    'renames fields': { query: '{ one: viewer { x: userId y: userId } __typename }' },
    'renames a field to a name with a meaning': { query: '{ __proto__: viewer { constructor: userId } }' },
    'asks for a field thrice': { query: '{ viewer { userId } viewer { roles } again: viewer { tokenId } }' },
  }
  test.each(Object.entries(bodies))('%s', async (_, body) => {
    const { accessToken } = await signUpAdmin(lanes.fast)
    await expectSame({ body, headers: bearer(accessToken) })
    await expectSame({ body })
  })

  const headers: Record<string, Record<string, string>> = {
    'accepts anything': { Accept: '*/*' },
    'accepts JSON': { Accept: 'application/json' },
    'accepts what axios does': { Accept: 'application/json, text/plain, */*' },
    'accepts GraphQL’s type': { Accept: 'application/graphql-response+json' },
    'accepts what Apollo Client does': { Accept: 'application/graphql-response+json,application/json;q=0.9' },
    'accepts both types': { Accept: 'application/graphql-response+json, application/json;q=0.9' },
    'accepts both types alike': { Accept: 'application/graphql-response+json, application/json' },
    'accepts what no one gives': { Accept: 'image/png' },
    'accepts a page': { Accept: 'text/html' },
    'comes from an allowed origin': { Origin: 'https://app.example.com' },
    'comes from a foreign origin': { Origin: 'https://evil.example.net' },
    'could come from a form': { 'Content-Type': 'text/plain' },
    'could come from a form, with a header': {
      'Content-Type': 'text/plain',
      'Apollo-Require-Preflight': '1',
    },
    'names its charset': { 'Content-Type': 'application/json; charset=utf-8' },
    'names another charset': { 'Content-Type': 'application/json; charset=latin1' },
    'is compressed': { 'Content-Encoding': 'gzip' },
    'has no scheme in its credentials': { Authorization: 'secret' },
    'has an empty token': { Authorization: '' },
    'has a token that is none': { Authorization: 'Bearer x.y.z' },
  }
  test.each(Object.entries(headers))('%s', async (_, given) => {
    await expectSame({ body: { query }, headers: given })
    await expectSame({
      body: {
        query:
          'mutation { login(input: { email: "x@example.com", password: "y", delivery: COOKIE }) { __typename } }',
      },
      headers: given,
    })
  })
})

test('a session in a cookie begins, goes on and ends the same', async () => {
  const results = []
  for (const world of [lanes.fast, lanes.apollo]) {
    const { email, password } = await world.signUp()
    const from = { Origin: 'https://app.example.com' }
    const body = {
      query:
        'mutation ($input: LoginInput!) { login(input: $input) { ... on AuthPayload { refreshToken } } }',
      variables: { input: { email, password, delivery: 'COOKIE' } },
    }
    await makeKnown(body)
    const begun = await post(world, { body, headers: from })
    const cookie = begun.headers['set-cookie']?.split(';')[0] ?? 'none'
    const others = ['mutation { refresh { refreshToken } }', 'mutation { logout { sessionsEnded } }']
    const answers = [begun]
    for (const text of others) {
      await makeKnown({ query: text })
      answers.push(await post(world, { body: { query: text }, headers: { ...from, Cookie: cookie } }))
      answers.push(await post(world, { body: { query: text }, headers: { Cookie: cookie } }))
    }
    results.push(answers.map(comparable))
  }
  expect(results[0]).toEqual(results[1])
})

test('a mutation after one that ended the session is refused the same', async () => {
  const body = {
    query: 'mutation { a: logoutEverywhere { sessionsEnded } b: logoutEverywhere { sessionsEnded } }',
  }
  await makeKnown(body)
  const answers = []
  for (const world of [lanes.fast, lanes.apollo]) {
    const { accessToken } = await world.signUp()
    answers.push(comparable(await post(world, { body, headers: bearer(accessToken) })))
  }
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]?.body).toContain('"reason":"REVOKED"')
})
