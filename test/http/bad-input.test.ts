import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { GraphqlError, World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_EXPLORER: 'off' } })
})
afterAll(async () => {
  const faults = (await readFile(world.logFile, 'utf8'))
    .split('\n')
    .filter(line => line && JSON.parse(line).level >= 40)
  await world.close()
  // Nothing that a caller sends is a fault of the server's, so nothing of it stands in the log.
  expect(faults).toEqual([])
})

const post = (body: NonNullable<RequestInit['body']>, type = 'application/json'): Promise<Response> =>
  world.send('/graphql', { method: 'POST', headers: { 'content-type': type }, body })

interface Told {
  readonly status: number
  readonly errors: readonly GraphqlError[]
  readonly text: string
}

/** Checks that an answer is JSON, no fault of the server's, and that each of its errors has a code. */
const told = async (answer: Response): Promise<Told> => {
  const text = await answer.text()
  const { errors = [], data } = JSON.parse(text) as { errors?: GraphqlError[]; data?: unknown }
  expect(answer.status).toBeLessThan(500)
  expect(errors.length > 0 || data !== undefined).toBe(true)
  for (const { extensions } of errors) {
    expect(extensions.code).toMatch(/^[A-Z_]+$/)
    expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR')
  }
  return { status: answer.status, errors, text }
}

const operation = (query: unknown, rest: object = {}): Promise<Told> =>
  post(JSON.stringify({ query, ...rest })).then(told)

describe('whatever is posted, the answer is JSON with a code and never a fault', () => {
  test('bytes', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        expect((await told(await post(bytes as Uint8Array<ArrayBuffer>))).status).toBe(400)
      }),
      { numRuns: 100 },
    ))

  test('JSON', () =>
    fc.assert(
      fc.asyncProperty(fc.json(), async json => {
        expect((await told(await post(json))).status).toBe(400)
      }),
      { numRuns: 200 },
    ))

  test('members of a request with any values', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record(
          {
            query: fc.oneof(fc.jsonValue(), fc.constant('{viewer{userId}}'), fc.string({ unit: 'binary' })),
            variables: fc.jsonValue(),
            operationName: fc.jsonValue(),
            extensions: fc.oneof(
              fc.jsonValue(),
              fc.record({
                persistedQuery: fc.oneof(
                  fc.jsonValue(),
                  fc.record({
                    version: fc.oneof(fc.constant(1), fc.jsonValue()),
                    sha256Hash: fc.jsonValue(),
                  }),
                ),
              }),
            ),
          },
          { requiredKeys: [] },
        ),
        async body => {
          await told(await post(JSON.stringify(body)))
        },
      ),
      { numRuns: 200 },
    ))

  test('documents that are nearly right', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.constantFrom(
            ...'{ } ( ) [ ] : ! $ @ & | = ... " """ # \\ query mutation fragment on viewer signup input email'.split(
              ' ',
            ),
            ...'$input String String! null true 1 1.5e9 -0 "x" userId @include @skip if __typename __schema'.split(
              ' ',
            ),
            ...[
              '\u0000',
              '\ufeff',
              '\ud800',
              '😀',
              '\n',
              '@defer',
              'subscription',
              '__proto__',
              'constructor',
            ],
          ),
          { maxLength: 25 },
        ),
        async words => {
          await operation(words.join(' '))
        },
      ),
      { numRuns: 200 },
    ))

  test('queries in the address', () =>
    fc.assert(
      fc.asyncProperty(
        fc.webQueryParameters(),
        fc.constantFrom('', 'query={viewer{userId}}&', 'query=%7B&query=x&', 'variables=[]&query={a}&'),
        async (rest, start) => {
          await told(
            await world.send(`/graphql?${start}${rest}`, { headers: { 'apollo-require-preflight': '1' } }),
          )
        },
      ),
      { numRuns: 200 },
    ))
})

const signup = 'mutation($input: SignupInput!){signup(input:$input){__typename}}'

describe('an operation', () => {
  const account = newAccount()
  const inputs: readonly [string, unknown, string][] = [
    ['nothing', undefined, 'BAD_USER_INPUT'],
    ['null', null, 'BAD_USER_INPUT'],
    ['a text', 'x', 'BAD_USER_INPUT'],
    ['a list', [account], 'BAD_USER_INPUT'],
    ['no members', {}, 'BAD_USER_INPUT'],
    ['a member missing', { email: account.email }, 'BAD_USER_INPUT'],
    ['a null member', { ...account, password: null }, 'BAD_USER_INPUT'],
    ['a number for a text', { ...account, password: 5 }, 'BAD_USER_INPUT'],
    ['a list for a text', { ...account, email: [account.email] }, 'BAD_USER_INPUT'],
    ['an object for a text', { ...account, email: { toString: 'x' } }, 'BAD_USER_INPUT'],
    ['an unknown member', { ...account, admin: true }, 'BAD_USER_INPUT'],
    [
      'a thousand unknown members',
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, i])),
      'BAD_USER_INPUT',
    ],
    ['an unknown delivery', { ...account, delivery: 'PIGEON' }, 'BAD_USER_INPUT'],
    ['a delivery in small letters', { ...account, delivery: 'body' }, 'BAD_USER_INPUT'],
    ['no delivery where null is none', { ...account, delivery: null }, 'BAD_USER_INPUT'],
    [
      'an e-mail address of 90 KB',
      { ...account, email: `${'x'.repeat(90_000)}@example.com` },
      'EMAIL_INVALID',
    ],
    ['a password of 90 KB', { ...account, password: 'x'.repeat(90_000) }, 'WEAK_PASSWORD'],
    ['a name of 90 KB', { ...account, name: 'x'.repeat(90_000) }, 'BAD_USER_INPUT'],
    ['half a character in the address', { ...account, email: 'a\ud800@example.com' }, 'EMAIL_INVALID'],
    ['half a character in the password', { ...account, password: 'correct \ud800 horse' }, 'WEAK_PASSWORD'],
    ['half a character in the name', { ...account, name: '\udfff' }, 'BAD_USER_INPUT'],
    ['a NUL in the address', { ...account, email: 'a\0@example.com' }, 'EMAIL_INVALID'],
    ['a NUL in the name', { ...account, name: '\0' }, 'BAD_USER_INPUT'],
  ]

  test.each(inputs)('with %s is refused by its code, and nothing is made', async (_, input, code) => {
    const { errors } = await operation(signup, { variables: { input } })
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set([code]))
    const { rows } = await world.pool.query('SELECT 1 FROM users WHERE email = $1', [account.email])
    expect(rows).toEqual([])
  })

  test('with a member called __proto__ or constructor is refused like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const input = `{"email":"a@example.com","password":"correct horse","${name}":{"admin":true}}`
      const answer = await post(`{"query":${JSON.stringify(signup)},"variables":{"input":${input}}}`)
      const { errors } = await told(answer)
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    }
  })

  test('whose variable made an argument null is the caller’s fault', async () => {
    const { email, password } = newAccount()
    const bodies = [
      {
        query: `mutation($e: String = "x") { signup(input: { email: $e, password: "${password}" }) { __typename } }`,
        variables: { e: null },
      },
      { query: 'query($x: Boolean = true) { viewer @include(if: $x) { userId } }', variables: { x: null } },
    ]
    for (const { query, variables } of bodies) {
      const { errors, text } = await operation(query, { variables })
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
      for (const secret of [email, password]) expect(text).not.toContain(secret)
    }
  })

  test('whose name is none of the document’s is refused', async () => {
    const { errors } = await operation('query A{viewer{userId}} query B{viewer{userId}}', {
      operationName: 'C',
    })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['OPERATION_RESOLUTION_FAILURE'])
  })

  test('kept under another one’s hash is the caller’s fault', async () => {
    const persisted = (persistedQuery: object) =>
      operation('{viewer{userId}}', { extensions: { persistedQuery } })
    for (const hash of ['0'.repeat(64), 5, null, {}]) {
      expect((await persisted({ version: 1, sha256Hash: hash })).errors[0]?.extensions.code).toBe(
        'BAD_REQUEST',
      )
    }
    expect((await persisted({ version: 2, sha256Hash: '' })).errors[0]?.extensions.code).toBe('BAD_REQUEST')
  })
})
