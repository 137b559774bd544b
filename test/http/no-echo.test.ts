import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { GraphqlError, World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_EXPLORER: 'off' } })
})
afterAll(() => world.close())

const post = async (body: object): Promise<{ text: string; errors: readonly GraphqlError[] }> => {
  const answer = await world.send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  expect(answer.status).toBeLessThan(500)
  return { text, errors: JSON.parse(text).errors ?? [] }
}

const signup = 'mutation($input: SignupInput!){signup(input:$input){__typename}}'

describe('what a caller sent stands in no error', () => {
  /** Texts that no message of the server's holds by itself: a mark, and around it whatever could lead a pattern astray. */
  const tricky = fc.constantFrom(
    '',
    ' ',
    '"',
    '\\',
    '; ',
    ' at "',
    ' at "input"; ',
    '", found ',
    ': ',
    '.',
    ' }',
    '{',
    '\n',
    "'",
    '`',
    '#',
    '"""',
    '" enum.',
    ' does not exist in "',
    ' cannot represent ',
    '" does not exist in "X" enum. Did you mean the enum value "',
    'Expected type "',
    'Field "x" is not defined by type "',
    '$',
    '@',
    ']',
    ')',
    '\u2028',
    '\u0000',
    '\ud800',
    '😀',
    '%',
  )
  const mark = fc
    .array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'), { minLength: 12, maxLength: 12 })
    .map(letters => `q${letters.join('')}`)
  const secret = fc.record({
    mark,
    before: fc.array(tricky, { maxLength: 3 }),
    after: fc.array(tricky, { maxLength: 3 }),
  })

  const expectUnsaid = async (body: object, mark: string): Promise<void> => {
    const { text, errors } = await post(body)
    // Some are right after all: refresh and logout take any text.
    if (errors.length > 0) expect(text).not.toContain(mark)
  }

  const literal = (value: unknown): string =>
    Array.isArray(value)
      ? `[${value.map(literal).join(',')}]`
      : typeof value === 'object' && value !== null
        ? `{${Object.entries(value)
            .map(([name, inner]) => `${name}:${literal(inner)}`)
            .join(',')}}`
        : JSON.stringify(value)

  /** The secret at any depth of a value, under names that the schema may know. */
  const placed = (text: string): fc.Arbitrary<unknown> =>
    fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        fc.constant(text),
        fc.array(tie('value'), { minLength: 1, maxLength: 2 }),
        fc.dictionary(
          fc.constantFrom('email', 'password', 'name', 'delivery', 'refreshToken', 'other'),
          tie('value'),
          { minKeys: 1, maxKeys: 3 },
        ),
      ),
    })).value

  const operations = [
    'mutation($input: SignupInput!, $unused: Int){signup(input:$input){__typename}}',
    'mutation($input: LoginInput!){login(input:$input){__typename}}',
    'mutation($input: RefreshInput){refresh(input:$input){accessToken}}',
    'mutation($input: [LogoutInput!]){logout(input:$input){sessionsEnded}}',
    'mutation($input: TokenDelivery!){login(input:{email:"",password:"",delivery:$input}){__typename}}',
    'mutation($input: Int){login(input:{email:"",password:"",delivery:BODY}){__typename @skip(if:$input)}}',
    'query($input: [[Boolean!]!]!){viewer{userId}}',
  ]

  test('when it is in variables of any shape', () =>
    fc.assert(
      fc.asyncProperty(
        secret.chain(({ mark, before, after }) =>
          fc.record({ mark: fc.constant(mark), value: placed(before.join('') + mark + after.join('')) }),
        ),
        fc.constantFrom(...operations),
        ({ mark, value }, query) => expectUnsaid({ query, variables: { input: value } }, mark),
      ),
      { numRuns: 200 },
    ))

  test('when it is written into the document', () =>
    fc.assert(
      fc.asyncProperty(
        secret.chain(({ mark, before, after }) =>
          fc.record({ mark: fc.constant(mark), value: placed(before.join('') + mark + after.join('')) }),
        ),
        fc.constantFrom(
          'mutation{signup(input:X){__typename}}',
          'mutation{login(input:{email:"",password:X,delivery:Y}){__typename}}',
          'mutation{login(input:{email:X,password:""}){__typename}}',
          'mutation{login(input:{email:"",password:"",delivery:X}){__typename}}',
          'mutation{refresh(input:{refreshToken:X}){accessToken}}',
          'mutation{logout(input:{refreshToken:X, refreshToken:X}){sessionsEnded}}',
          'mutation($a:String=X){refresh(input:{refreshToken:$a}){accessToken}}',
          'mutation($a:Int=X){logout(input:$a){sessionsEnded}}',
          '{viewer{userId(a:X)}}',
          '{viewer @include(if:X){userId}}',
          '{viewer @nothing(if:X){userId}}',
          '{viewer{userId}',
          '{viewer(a:X){userId b:userId(a:X)}}',
        ),
        fc.constantFrom('', ' ', '"', '{', ')', ' X', '"""', '\u0000'),
        ({ mark, value }, query, broken) =>
          expectUnsaid({ query: query.replaceAll('X', () => literal(value)) + broken }, mark),
      ),
      { numRuns: 200 },
    ))

  test('when the document cannot be parsed around it', () =>
    fc.assert(
      fc.asyncProperty(
        secret,
        fc.constantFrom(
          '{a(b:S',
          '{a(b:S)',
          '{a(S',
          'S',
          'query S',
          '{a(b:{c:S d',
          '{a}S',
          '"""S',
          '{a(b:"""S',
          '{a(b:[S)',
        ),
        fc.boolean(),
        ({ mark, before, after }, query, quoted) => {
          const text = before.join('') + mark + after.join('')
          return expectUnsaid(
            { query: query.replace('S', () => (quoted ? JSON.stringify(text) : text)) },
            mark,
          )
        },
      ),
      { numRuns: 200 },
    ))

  test('when it is the name of the operation, a hash, a header or part of the address', () =>
    fc.assert(
      fc.asyncProperty(secret, async ({ mark, before, after }) => {
        const text = before.join('') + mark + after.join('')
        await expectUnsaid({ query: '{viewer{userId}}', operationName: text }, mark)
        await expectUnsaid(
          { query: '', extensions: { persistedQuery: { version: 1, sha256Hash: text } } },
          mark,
        )
        await expectUnsaid({ query: '{viewer{userId}}', variables: text }, mark)
        const inAddress = new URLSearchParams({
          query: '{viewer{userId}}',
          variables: text,
          extensions: text,
        })
        const get = await world.send(`/graphql?${inAddress}`, {
          headers: { 'apollo-require-preflight': '1' },
        })
        expect(await get.text()).not.toContain(mark)
        const elsewhere = await world.send(`/${encodeURIComponent(text.toWellFormed())}`)
        expect(await elsewhere.text()).not.toContain(mark)
      }),
      { numRuns: 40 },
    ))

  test('and yet an error says what is wrong, and where', async () => {
    const messages = async (query: string, variables: object = {}): Promise<string[]> =>
      (await post({ query, variables })).errors.map(({ message }) => message)
    const { email, password } = newAccount()
    expect(
      await messages(signup, { input: { email, password: [password], delivery: 'PIGEON', nam: 'Ada' } }),
    ).toEqual([
      'Variable "$input" got an invalid value at "input.password". String cannot represent this value.',
      'Variable "$input" got an invalid value at "input.delivery". The enum "TokenDelivery" has no such value.',
      'Variable "$input" got an invalid value. Field "nam" is not defined by type "SignupInput".',
    ])
    expect(await messages(signup, { input: { email } })).toEqual([
      'Variable "$input" got an invalid value. Field "password" of required type "String!" was not provided.',
    ])
    expect(await messages(signup, { input: { email, password: null } })).toEqual([
      'Variable "$input" got an invalid value at "input.password". Expected non-nullable type "String!" not to be null.',
    ])
    expect(await messages(signup)).toEqual([
      'Variable "$input" of required type "SignupInput!" was not provided.',
    ])
    expect(await messages('mutation{login(input:{email:5,pasword:""}){__typename}}')).toEqual([
      'Field "LoginInput.password" of required type "String!" was not provided.',
      'String cannot represent this value.',
      'Field "pasword" is not defined by type "LoginInput". Did you mean "password"?',
    ])
    expect(await messages('mutation{login(input:"x"){__typename}}')).toEqual([
      'Expected value of type "LoginInput!".',
    ])
    expect(await messages('{viewer{userId}')).toEqual(['Syntax Error: Expected Name, found <EOF>.'])
    expect(await messages('{viewer("x")}')).toEqual(['Syntax Error: Expected Name, found String.'])
    expect(await messages('{viewer{userId}}}')).toEqual(['Syntax Error: Unexpected "}".'])
  })
})
