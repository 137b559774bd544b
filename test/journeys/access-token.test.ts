// Where an access token is taken from, and what an operation gets that selects a field which knows a viewer.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LoginDocument, LogoutDocument, SessionsDocument, ViewerDocument } from '../generated/graphql.js'
import type { Question } from '../support/ask.js'
import { ask, bearer, refusal } from '../support/ask.js'
import type { Forge } from '../support/forge.js'
import { createForge, openKeysOf } from '../support/forge.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

let world: World
let user: Awaited<ReturnType<World['signUp']>>
let forge: Forge
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'RS256' } })
  user = await world.signUp()
  forge = createForge((await openKeysOf(world, 'RS256')).current(), user.accessToken)
})
afterAll(() => world.close())

const askHere = (question: Question) => ask(world.url, question)

const countRows = async () =>
  (
    await world.pool.query(
      `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM sessions) AS sessions,
              (SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL) AS ended,
              (SELECT sum(generation) FROM sessions) AS rotations`,
    )
  ).rows[0]

const expired = () => {
  const { iat } = forge.claims
  return forge.token({ claims: { iat: iat - 1000, nbf: iat - 1000, exp: iat - 100 } })
}

const badTokens: readonly (readonly [name: string, reason: string, make: () => string])[] = [
  ['nonsense', 'INVALID', () => 'nonsense'],
  ['a forged one', 'INVALID', () => `${user.accessToken.slice(0, -8)}AAAAAAAA`],
  ['an expired one', 'EXPIRED', expired],
  ['a refresh token', 'INVALID', () => user.refreshToken ?? ''],
]

describe.each(badTokens)('under a bad access token, %s,', (_, reason, make) => {
  test.each([
    ['viewer', '{ viewer { userId } }'],
    ['me', '{ me { id } }'],
    ['sessions', '{ sessions { id } }'],
    ['a public field beside viewer', '{ __typename viewer { userId } }'],
    ['logoutEverywhere', 'mutation { logoutEverywhere { sessionsEnded } }'],
  ])('%s is refused whole, whatever answer is accepted', async (_, query) => {
    for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
      const headers = [...bearer(make()), 'Accept', accept]
      expect(await askHere({ query, headers })).toEqual(refusal(reason))
    }
  })

  test('signing up and in, refreshing, logging out and public fields work', async () => {
    const token = make()
    const headers = { authorization: `Bearer ${token}` }
    expect((await askHere({ query: '{ __typename }', headers: bearer(token) })).body).toEqual({
      data: { __typename: 'Query' },
    })
    const account = newAccount()
    const signup =
      'mutation ($input: SignupInput!) { signup(input: $input) { ... on AuthPayload { refreshToken } } }'
    const signedUp = await askHere({ query: signup, variables: { input: account }, headers: bearer(token) })
    expect([signedUp.status, signedUp.body.errors]).toEqual([200, undefined])
    const login = await world.run(LoginDocument, { input: account }, { headers })
    const refresh = 'mutation ($input: RefreshInput) { refresh(input: $input) { refreshToken } }'
    const { refreshToken } = login.data.login
    const refreshed = await askHere({
      query: refresh,
      variables: { input: { refreshToken } },
      headers: bearer(token),
    })
    expect([refreshed.status, refreshed.body.errors]).toEqual([200, undefined])
    const logout = await world.run(
      LogoutDocument,
      { input: { refreshToken: refreshToken ?? '' } },
      { headers },
    )
    expect(logout.data.logout.sessionsEnded).toBe(1)
  })

  test('a query by GET is refused too', async () => {
    const headers = { authorization: `Bearer ${make()}`, 'apollo-require-preflight': '1' }
    const answer = await world.send(`/graphql?query=${encodeURIComponent('{ viewer { userId } }')}`, {
      headers,
    })
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ])
    expect(await answer.json()).toEqual(refusal(reason).body)
  })
})

describe('an operation that needs a viewer', () => {
  const change = 'changePassword(input: { currentPassword: "a", newPassword: "b" }) { sessionsEnded }'
  const guarded: readonly (readonly [name: string, question: Question])[] = [
    ['sessions', { query: '{ sessions { id } }' }],
    ['logoutEverywhere', { query: 'mutation { logoutEverywhere { sessionsEnded } }' }],
    ['changePassword', { query: `mutation { ${change} }` }],
    ['revokeSession', { query: 'mutation { revokeSession(input: { sessionId: "x" }) { sessionsEnded } }' }],
    ['an alias', { query: '{ __typename: sessions { id } }' }],
    [
      'a field beside public ones',
      { query: '{ __typename sessions { id } __schema { queryType { name } } }' },
    ],
    ['a field beside an optional one', { query: '{ me { id } sessions { id } viewer { userId } }' }],
    ['a fragment', { query: '{ ...f } fragment f on Query { sessions { id } }' }],
    [
      'a fragment of a fragment',
      { query: 'fragment g on Query { sessions { id } } { ...f } fragment f on Query { ... { ...g } }' },
    ],
    ['an inline fragment', { query: '{ ... on Query { sessions { id } } }' }],
    ['an inline fragment without a type', { query: '{ ... { ... { sessions { id } } } }' }],
    [
      'the chosen operation of several',
      { query: 'query A { __typename } query B { sessions { id } }', operationName: 'B' },
    ],
    ['an operation with a name', { query: 'query Public { sessions { id } }' }],
    ['an operation named __proto__', { query: 'query __proto__ { sessions { id } }' }],
    [
      'an operation named constructor',
      { query: 'query constructor { sessions { id } } query A { __typename }', operationName: 'constructor' },
    ],
    // What an operation asks of its caller follows from its text alone, not from its variables.
    ['@skip(if: true)', { query: '{ __typename sessions @skip(if: true) { id } }' }],
    ['@include(if: false)', { query: '{ __typename sessions @include(if: false) { id } }' }],
    [
      '@include by a variable',
      {
        query: 'query ($yes: Boolean!) { __typename sessions @include(if: $yes) { id } }',
        variables: { yes: false },
      },
    ],
    [
      'a skipped fragment',
      { query: '{ __typename ...f @skip(if: true) } fragment f on Query { sessions { id } }' },
    ],
    [
      'variables of a wrong type',
      {
        query: 'query ($yes: Boolean!) { sessions @include(if: $yes) { id } }',
        variables: { yes: 'x' },
      },
    ],
  ]

  test.each(guarded)('is refused whole without a token: %s', async (_, question) => {
    expect(await askHere(question)).toEqual(refusal('MISSING'))
  })

  test.each(guarded)('is refused whole under a bad token: %s', async (_, question) => {
    expect(await askHere({ ...question, headers: bearer('nonsense') })).toEqual(refusal('INVALID'))
  })

  test.each([
    ['signup', 'signup(input: $signup) { __typename } logoutEverywhere { sessionsEnded }'],
    ['login', 'login(input: $login) { __typename } logoutEverywhere { sessionsEnded }'],
    ['refresh', 'refresh(input: $refresh) { __typename } logoutEverywhere { sessionsEnded }'],
    ['logout', `logout(input: $logout) { sessionsEnded } ${change}`],
    [
      'login, in a fragment',
      '...f } fragment f on Mutation { login(input: $login) { __typename } ...g } fragment g on Mutation { logoutEverywhere { sessionsEnded }',
    ],
  ])('keeps a mutation before it from being executed: %s', async (_, selection) => {
    const types: Record<string, string> = {
      signup: 'SignupInput!',
      login: 'LoginInput!',
      refresh: 'RefreshInput',
      logout: 'LogoutInput',
    }
    const used = Object.keys(types).filter(name => selection.includes(`$${name}`))
    const { email, password, refreshToken } = await world.signUp()
    const question = {
      query: `mutation (${used.map(name => `$${name}: ${types[name]}`).join()}) { ${selection} }`,
      variables: {
        signup: newAccount(),
        login: { email, password },
        refresh: { refreshToken },
        logout: { refreshToken },
      },
    }
    const before = await countRows()
    expect(await askHere(question)).toEqual(refusal('MISSING'))
    expect(await askHere({ ...question, headers: bearer('nonsense') })).toEqual(refusal('INVALID'))
    expect(await askHere({ ...question, headers: bearer(expired()) })).toEqual(refusal('EXPIRED'))
    expect(await countRows()).toEqual(before)
  })

  test.each<readonly [string, Question]>([
    [
      'another operation of the document',
      { query: 'query A { __typename } query B { sessions { id } }', operationName: 'A' },
    ],
    [
      'a fragment that only another operation uses',
      {
        query: 'query A { __typename } query B { ...f } fragment f on Query { sessions { id } }',
        operationName: 'A',
      },
    ],
    ['an alias of that name', { query: '{ sessions: __typename }' }],
    ['its name in a string', { query: '{ __type(name: "sessions") { name } }' }],
  ])('is not %s', async (_, question) => {
    const answer = await askHere({ ...question, headers: bearer('nonsense') })
    expect([answer.status, answer.body.errors]).toEqual([200, undefined])
  })

  test.each([
    ['unknown', 'C'],
    ['not named', undefined],
    ['named with nothing', ''],
  ])('whose operation is %s is told so, not asked for a token', async (_, operationName) => {
    const query = 'query A { __typename } query B { sessions { id } }'
    for (const headers of [[], bearer('nonsense')]) {
      const answer = await askHere({ query, headers, ...(operationName !== undefined && { operationName }) })
      expect(answer.body).toMatchObject({
        errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }],
      })
      expect(answer.challenge).toBeUndefined()
    }
  })
})

describe('the Authorization header', () => {
  const good = () => user.accessToken
  const question = { query: '{ viewer { userId } }' }
  const known = () => ({ viewer: { userId: user.user.id } })

  test.each<readonly [string, () => string[]]>([
    ['in lower case', () => ['authorization', `bearer ${good()}`]],
    ['in upper case', () => ['AUTHORIZATION', `BEARER ${good()}`]],
    ['in mixed case', () => ['AuThOrIzAtIoN', `bEaReR ${good()}`]],
    ['with several spaces', () => ['Authorization', `Bearer    ${good()}`]],
    ['with spaces around it', () => ['Authorization', `  \t Bearer ${good()}  \t `]],
  ])('counts %s', async (_, headers) => {
    expect((await askHere({ ...question, headers: headers() })).body).toEqual({ data: known() })
  })

  test.each<readonly [string, Partial<Question> | (() => Partial<Question>)]>([
    ['absent', {}],
    ['empty', { headers: ['Authorization', ''] }],
    ['of spaces', { headers: ['Authorization', '   '] }],
    ['empty, with the token in the query string', () => ({ path: `/graphql?access_token=${good()}` })],
    ['empty, with the token in the body', () => ({ extra: { access_token: good(), token: good() } })],
    ['empty, with the token in extensions', () => ({ extra: { extensions: { authorization: good() } } })],
    ['empty, with the token in a cookie', () => ({ headers: ['Cookie', `access_token=${good()}`] })],
    ['of another name', () => ({ headers: ['X-Authorization', `Bearer ${good()}`] })],
    ['of a proxy', () => ({ headers: ['Proxy-Authorization', `Bearer ${good()}`] })],
  ])('%s makes an anonymous request', async (_, given) => {
    const more = typeof given === 'function' ? given() : given
    expect(await askHere({ ...question, ...more })).toEqual({
      status: 200,
      challenge: undefined,
      body: { data: { viewer: null } },
    })
    expect(await askHere({ query: '{ sessions { id } }', ...more })).toEqual(refusal('MISSING'))
  })

  test.each<readonly [string, () => string[]]>([
    ['Bearer alone', () => ['Authorization', 'Bearer']],
    ['Bearer and a space', () => ['Authorization', 'Bearer ']],
    ['Bearer undefined', () => ['Authorization', 'Bearer undefined']],
    ['Basic', () => ['Authorization', `Basic ${Buffer.from('ada:secret').toString('base64')}`]],
    ['another scheme with the token', () => ['Authorization', `Token ${good()}`]],
    ['the token without a scheme', () => ['Authorization', good()]],
    ['no space after the scheme', () => ['Authorization', `Bearer${good()}`]],
    ['a tab after the scheme', () => ['Authorization', `Bearer\t${good()}`]],
    ['a colon after the scheme', () => ['Authorization', `Bearer: ${good()}`]],
    ['quotes around the token', () => ['Authorization', `Bearer "${good()}"`]],
    ['a word after the token', () => ['Authorization', `Bearer ${good()} x`]],
    ['a word before the scheme', () => ['Authorization', `x Bearer ${good()}`]],
    ['a letter before the scheme', () => ['Authorization', `xBearer ${good()}`]],
    ['the scheme twice', () => ['Authorization', `Bearer Bearer ${good()}`]],
    ['letters outside ASCII', () => ['Authorization', `Bearer ${good()}\xe9`]],
    ['two headers of one token', () => [...bearer(good()), ...bearer(good())]],
    ['two headers, one of them empty', () => ['Authorization', '', ...bearer(good())]],
    ['two headers of two schemes', () => ['Authorization', 'Basic YTpi', ...bearer(good())]],
    ['two credentials with a comma', () => ['Authorization', `Bearer ${good()}, Bearer ${good()}`]],
    ['two tokens with a comma', () => ['Authorization', `Bearer ${good()},${good()}`]],
    ['more than 8 KiB', () => bearer(`${good()}${'A'.repeat(8_192)}`)],
    ['more than 8 KiB of spaces', () => ['Authorization', `Bearer ${' '.repeat(9_000)}x ${good()}`]],
  ])('with %s is refused', async (_, headers) => {
    expect(await askHere({ ...question, headers: headers() })).toEqual(refusal('INVALID'))
    expect((await askHere({ query: '{ __typename }', headers: headers() })).status).toBe(200)
  })

  test('of more than 16 KiB is not read', async () => {
    expect((await askHere({ ...question, headers: bearer('A'.repeat(17_000)) })).status).toBe(431)
  })
})

test('an access token works until its exp by the server’s clock, and a refresh gives the next', async () => {
  const { accessToken, refreshToken } = await world.signUp()
  const viewer = (token: string) => world.run(ViewerDocument, {}, { token })
  world.advance(890)
  expect((await viewer(accessToken)).data.viewer).toMatchObject({ userId: expect.any(String) })
  world.advance(10)
  expect((await viewer(accessToken)).error.extensions.reason).toBe('EXPIRED')
  const refreshed = (await world.refresh(refreshToken)).data.refresh
  expect((await viewer(refreshed.accessToken)).data.viewer).not.toBeNull()
  world.advance(-900)
  // The clock went back by more than the skew that is allowed: the token is of the future.
  expect((await viewer(refreshed.accessToken)).error.extensions.reason).toBe('INVALID')
  expect((await viewer(accessToken)).data.viewer).not.toBeNull()
})

test('a good token opens everything that a document asks for at once', async () => {
  const { accessToken, user } = await world.signUp()
  const query = '{ me { id } viewer { userId } ...f } fragment f on Query { sessions { current } }'
  expect((await askHere({ query, headers: bearer(accessToken) })).body).toEqual({
    data: { me: { id: user.id }, viewer: { userId: user.id }, sessions: [{ current: true }] },
  })
  expect((await world.run(SessionsDocument, {}, { token: accessToken })).data.sessions).toHaveLength(1)
})
