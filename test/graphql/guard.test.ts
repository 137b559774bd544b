// The directives that schema.graphql prints are what every field enforces, against everybody.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { buildSchema, isInterfaceType, isObjectType } from 'graphql'
import { requirementOf } from '../../src/graphql/guard.js'
import { createSchema } from '../../src/graphql/schema.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import type { Question, RawAnswer } from '../support/ask.js'
import { ask, bearer, refusal } from '../support/ask.js'
import { openSocket } from '../support/socket.js'
import type { Walk } from '../support/walk-schema.js'
import { readRule, walkSchema } from '../support/walk-schema.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const printed = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
const walks = walkSchema(printed)

/** The root fields that anybody may ask, even under a bad token. */
const publicFields = ['Mutation.login', 'Mutation.logout', 'Mutation.refresh', 'Mutation.signup']

const forbidden = (role: string) => ({
  status: 403,
  challenge: undefined,
  body: {
    errors: [{ message: expect.any(String), extensions: { code: 'FORBIDDEN', reason: 'ROLE', role } }],
  },
})

/** Whether an answer came from the resolvers: whatever they said, the guard let it pass. */
const isAnswered = ({ status, body }: RawAnswer): boolean =>
  status === 200 &&
  'data' in body &&
  !body.errors?.some(({ extensions: { code, reason } }) => code === 'UNAUTHENTICATED' || reason === 'ROLE')

let world: World
let user: Awaited<ReturnType<World['signUp']>>
let admin: Admin

const signIn = async (): Promise<void> => {
  user = await world.signUp()
  admin = await signUpAdmin(world)
}

beforeAll(async () => {
  world = await createWorld()
  await signIn()
})
afterAll(() => world.close())

const askAs = (token: string | null, question: Question): Promise<RawAnswer> =>
  ask(world.url, { ...question, headers: token === null ? [] : bearer(token) })

describe('of the schema', () => {
  test('each root field without a directive is meant to be public', () => {
    const open = walks.filter(({ name, rule }) => !name.includes(' > ') && rule.token === 'not looked at')
    expect(open.map(({ name }) => name)).toEqual(publicFields)
  })

  test('every field that it prints with a directive can be reached, and the walk below reaches it', () => {
    const reached = new Set(walks.map(({ name }) => name.split(' > ').at(-1)))
    const types = Object.values(printed.getTypeMap()).filter(isObjectType)
    const ruled = types.flatMap(type =>
      Object.values(type.getFields())
        .filter(field => readRule(printed, field).token !== 'not looked at')
        .map(field => `${type.name}.${field.name}`),
    )
    expect(ruled.length).toBeGreaterThan(15)
    expect(ruled.filter(name => !reached.has(name))).toEqual([])
    expect(walks.map(({ name }) => name)).toContain('Mutation.login > AuthPayload.user > User.sessions')
  })

  // A field that is selected on an interface has the interface's directives, not those of the type that answers.
  test('no interface hides the directive of a field', () => {
    for (const type of Object.values(printed.getTypeMap()).filter(isInterfaceType)) {
      const { objects, interfaces } = printed.getImplementations(type)
      for (const field of Object.values(type.getFields())) {
        for (const implementation of [...objects, ...interfaces]) {
          const own = implementation.getFields()[field.name]
          const name = `${implementation.name}.${field.name}`
          expect([name, own && readRule(printed, own)]).toEqual([name, readRule(printed, field)])
        }
      }
    }
  })

  test('what is printed of a field is what is enforced of it', () => {
    const enforced = createSchema()
    const words = { none: 'not looked at', 'good-token-if-any': 'good if any', required: 'needed' } as const
    for (const type of Object.values(printed.getTypeMap()).filter(isObjectType)) {
      const served = enforced.getType(type.name)
      for (const field of Object.values(type.getFields())) {
        const { viewer, roles } = requirementOf(isObjectType(served) ? served.getFields()[field.name] : null)
        const said = [`${type.name}.${field.name}`, readRule(printed, field)]
        expect([`${type.name}.${field.name}`, { token: words[viewer], roles }]).toEqual(said)
      }
    }
  })
})

const walksOf = (isAsked: (operation: string) => boolean): (readonly [string, Walk])[] =>
  walks.filter(({ operation }) => isAsked(operation)).map(walk => [walk.name, walk])

describe.each(walksOf(operation => operation !== 'subscription'))('%s', (_, walk) => {
  const { document: query, rule, operation } = walk
  const role = rule.roles.at(0)
  // A mutation may end whose token it came under.
  if (operation === 'mutation') beforeAll(signIn)

  test('without a token', async () => {
    const answer = await askAs(null, { query })
    if (rule.token === 'needed') expect(answer).toEqual(refusal('MISSING'))
    else expect([isAnswered(answer), answer]).toEqual([true, answer])
  })

  test('under a bad token', async () => {
    const answer = await askAs('nonsense', { query })
    if (rule.token === 'not looked at') expect([isAnswered(answer), answer]).toEqual([true, answer])
    else expect(answer).toEqual(refusal('INVALID'))
  })

  test('for a user without roles', async () => {
    const answer = await askAs(user.accessToken, { query })
    if (role === undefined) expect([isAnswered(answer), answer]).toEqual([true, answer])
    else expect(answer).toEqual(forbidden(role))
  })

  test('for an administrator', async () => {
    const answer = await askAs(admin.accessToken, { query })
    expect([isAnswered(answer), answer]).toEqual([true, answer])
  })
})

describe.each(walksOf(operation => operation === 'subscription'))('%s', (_, { document: query, rule }) => {
  const role = rule.roles.at(0)
  // What follows ends the session, for then there is something to tell.
  beforeEach(signIn)
  afterAll(signIn)

  const followAs = async (token: string) => {
    const socket = await openSocket(world)
    await socket.init({ authorization: `Bearer ${token}` })
    await socket.subscribe('1', { query })
    await askAs(token, { query: 'mutation { logoutEverywhere { sessionsEnded } }' })
    const answer = await socket.answerTo('1')
    await socket.leave()
    return answer
  }

  test.each([
    ['without a token', {}, 'MISSING'],
    ['under a bad token', { authorization: 'Bearer nonsense' }, 'INVALID'],
  ])('%s', async (_, parameters, reason) => {
    const socket = await openSocket(world)
    await socket.init(parameters)
    expect(await socket.closed).toEqual({ code: 4401, reason })
    expect(socket.messages).toEqual([])
  })

  test('for a user without roles', async () => {
    const refused = { type: 'error', payload: [{ extensions: { code: 'FORBIDDEN', reason: 'ROLE', role } }] }
    expect(await followAs(user.accessToken)).toMatchObject(role === undefined ? { type: 'next' } : refused)
  })

  test('for an administrator', async () => {
    expect(await followAs(admin.accessToken)).toMatchObject({ type: 'next' })
  })
})

describe('a field that needs a role', () => {
  const ways: readonly (readonly [name: string, question: Question])[] = [
    ['by itself', { query: '{ users { totalCount } }' }],
    ['under an alias', { query: '{ __typename: users { totalCount } }' }],
    ['under the alias of a public one', { query: '{ me: users { totalCount } }' }],
    ['twice, merged', { query: '{ users { totalCount } users { pageInfo { hasNextPage } } }' }],
    ['beside others', { query: '{ viewer { userId } me { id } users { totalCount } }' }],
    ['in a fragment', { query: '{ ...f } fragment f on Query { users { totalCount } }' }],
    [
      'in a fragment of a fragment',
      { query: '{ ...f } fragment f on Query { ...g } fragment g on Query { users { totalCount } }' },
    ],
    ['in an inline fragment', { query: '{ ... { ... on Query { users { totalCount } } } }' }],
    ['nested', { query: '{ me { id disabledAt } }' }],
    ['nested, under an alias', { query: '{ me { id: disabledAt } }' }],
    ['nested, a list', { query: '{ me { sessions { id } } }' }],
    ['nested, in a fragment', { query: '{ me { ...f } } fragment f on User { disabledAt }' }],
    [
      'merged into a field by a fragment',
      { query: '{ me { id } ...f } fragment f on Query { me { disabledAt } }' },
    ],
    ['with @skip(if: true)', { query: '{ __typename users @skip(if: true) { totalCount } }' }],
    ['with @include(if: false)', { query: '{ me { id disabledAt @include(if: false) } }' }],
    [
      'with @include by a variable',
      {
        query:
          'query ($yes: Boolean!) { me { id ...f @include(if: $yes) } } fragment f on User { disabledAt }',
        variables: { yes: false },
      },
    ],
    ['in an operation with a name', { query: 'query Public { users { totalCount } }' }],
    [
      'in the chosen operation of several',
      { query: 'query A { __typename } query B { users { totalCount } }', operationName: 'B' },
    ],
    [
      'in a fragment that two operations use',
      {
        query: 'query A { ...f } query B { me { id } ...f } fragment f on Query { users { totalCount } }',
        operationName: 'B',
      },
    ],
    [
      'behind a member of a union',
      {
        query:
          'mutation { login(input: { email: "a@example.com", password: "x" }) { ... on AuthPayload { user { disabledAt } } } }',
      },
    ],
  ]

  test.each(ways)('is refused to a user without it: %s', async (_, question) => {
    expect(await askAs(user.accessToken, question)).toEqual(forbidden('admin'))
    expect(await askAs(null, question)).toEqual(refusal('MISSING'))
  })

  test.each(ways)('is given to an administrator: %s', async (_, question) => {
    expect(isAnswered(await askAs(admin.accessToken, question))).toBe(true)
  })

  test('refuses nobody from another operation of the document', async () => {
    const query = 'query A { me { id } } query B { ...f } fragment f on Query { users { totalCount } }'
    for (const token of [null, user.accessToken]) {
      expect(isAnswered(await askAs(token, { query, operationName: 'A' }))).toBe(true)
    }
  })

  test('keeps a mutation before it from being executed', async () => {
    const query = 'mutation { logoutEverywhere { sessionsEnded } revokeEverything { revokedAt } }'
    expect(await askAs(user.accessToken, { query })).toEqual(forbidden('admin'))
    expect(await askAs(user.accessToken, { query: '{ sessions { current } }' })).toMatchObject({
      body: { data: { sessions: [{ current: true }] } },
    })
  })
})
