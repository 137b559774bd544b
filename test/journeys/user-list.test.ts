// Looking users up, as an administrator does: page by page, filtered, or one of them.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { UsersQuery, UsersQueryVariables } from '../generated/graphql.js'
import { UserDocument, UsersDocument } from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import type { Answer, World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

let world: World
let admin: Admin
/** In the order of sign-up, the administrator first. */
let emails: readonly string[]

const named = [
  'p%q@example.com',
  'pxq@example.com',
  'u_v@example.com',
  'uxv@example.com',
  'MiXed.Case@Example.com',
  '\u00e9lan@example.com',
]

beforeAll(async () => {
  world = await createWorld()
  admin = await signUpAdmin(world)
  const signUp = (email: string) => world.signUp({ email })
  await Promise.all(
    [...named, ...Array.from({ length: 44 - named.length }, () => newAccount().email)].map(signUp),
  )
  const { rows } = await world.pool.query<{ email: string }>('SELECT email FROM users ORDER BY id')
  emails = rows.map(({ email }) => email)
  const label = `UPDATE users SET roles = $2 WHERE email = $1`
  await world.pool.query(label, ['pxq@example.com', ['editor', 'billing']])
  await world.pool.query(label, ['uxv@example.com', ['editor']])
  await world.pool.query(`UPDATE users SET disabled_at = now() WHERE email = 'uxv@example.com'`)
})
afterAll(() => world.close())

const list = (variables: UsersQueryVariables = {}): Promise<Answer<UsersQuery>> =>
  world.run(UsersDocument, variables, { token: admin.accessToken })

const emailsOf = async (filter: UsersQueryVariables['filter']): Promise<string[]> => {
  const { users } = (await list({ filter, first: 100 })).data
  expect(users.totalCount).toBe(users.edges.length)
  return users.edges.map(({ node }) => node.email).sort()
}

const expectBadInput = (answer: Answer<unknown>, message: RegExp): void => {
  expect(answer.error.extensions.code).toBe('BAD_USER_INPUT')
  expect(answer.error.message).toMatch(message)
}

describe('pages', () => {
  test('hold every user once, the newest first, and say where they lie', async () => {
    const seen: string[] = []
    const pages: unknown[] = []
    let after: string | null = null
    while (pages.length < 4) {
      const answer: Answer<UsersQuery> = await list({ after })
      const { users } = answer.data
      const { startCursor, endCursor, hasNextPage, hasPreviousPage } = users.pageInfo
      expect(users.totalCount).toBe(45)
      expect([startCursor, endCursor]).toEqual([users.edges.at(0)?.cursor, users.edges.at(-1)?.cursor])
      seen.push(...users.edges.map(({ node }) => node.email))
      pages.push([users.edges.length, hasPreviousPage, hasNextPage])
      after = endCursor
      if (!hasNextPage) break
    }
    expect(seen).toEqual([...emails].reverse())
    expect(pages).toEqual([
      [20, false, true],
      [20, true, true],
      [5, true, false],
    ])
  })

  test.each([
    [1, 1, true],
    [44, 44, true],
    [45, 45, false],
    [100, 45, false],
  ])('of at most %i hold %i', async (first, length, hasNextPage) => {
    const { users } = (await list({ first })).data
    expect([users.edges.length, users.pageInfo.hasNextPage]).toEqual([length, hasNextPage])
  })

  test('behind the last user are empty, and so are those that nobody fits', async () => {
    const cursor = (await list({ first: 45 })).data.users.pageInfo.endCursor
    for (const variables of [{ after: cursor }, { filter: { role: 'nobody-has-it' } }]) {
      const { edges, pageInfo } = (await list(variables)).data.users
      expect(edges).toEqual([])
      expect(pageInfo).toMatchObject({ hasNextPage: false, startCursor: null, endCursor: null })
    }
  })

  test('go on behind a user who has been deleted since', async () => {
    const someone = await world.signUp()
    const { edges } = (await list({ first: 1 })).data.users
    expect(edges[0]?.node.id).toBe(someone.user.id)
    await world.pool.query('DELETE FROM users WHERE id = $1', [someone.user.id])
    const { users } = (await list({ first: 1, after: edges[0]?.cursor ?? '' })).data
    expect(users.edges[0]?.node.email).toBe(emails.at(-1))
  })

  test.each([0, -1, 101, 2_147_483_647])('of %i are refused, and the limits are told', async first => {
    expectBadInput(await list({ first }), /from 1 to 100/)
  })

  const encode = (text: string): string => Buffer.from(text).toString('base64url')
  test.each([
    ['empty', ''],
    ['no base64', '§§§'],
    ['of another kind', encode(`session:${randomUUID()}`)],
    ['of something else than an id', encode(`user:${'x'.repeat(36)}`)],
    ['an id as it is', randomUUID()],
    ['with more behind it', `${encode(`user:${randomUUID()}`)}!`],
    ['in another encoding', encode(`user:${randomUUID().toUpperCase()}`)],
    ['a NUL', '\u0000'],
    ['very long', encode(`user:${'0'.repeat(50_000)}`)],
  ])('behind a cursor that is none are refused, and it is told what one is: %s', async (_, after) => {
    expectBadInput(await list({ after }), /endCursor of an earlier page/)
  })
})

describe('a filter', () => {
  test.each([
    ['p%q@example.com', ['p%q@example.com']],
    [' P%Q@EXAMPLE.COM ', ['p%q@example.com']],
    ['mixed.CASE@example.com', ['mixed.case@example.com']],
    ['p%@example.com', []],
    ['nobody@example.com', []],
  ])('by e-mail address finds exactly it: %j', async (email, found) => {
    expect(await emailsOf({ email })).toEqual(found)
  })

  test('by what is no e-mail address says so', async () => {
    expect((await list({ filter: { email: 'ada' } })).error.extensions.code).toBe('EMAIL_INVALID')
  })

  test.each([
    ['p', ['p%q@example.com', 'pxq@example.com']],
    ['p%', ['p%q@example.com']],
    ['%', []],
    ['u_', ['u_v@example.com']],
    ['_', []],
    ['p\\', []],
    ['\\', []],
    ['p\\%', []],
    ['MIXED.', ['mixed.case@example.com']],
    ['  miXed.case@eXample.com ', ['mixed.case@example.com']],
    // Typed on a keyboard that gives the accent a letter of its own.
    ['e\u0301lan', ['\u00e9lan@example.com']],
    ['x'.repeat(10_000), []],
    ['\ud800', []],
  ])('by the beginning of an address takes every character as it is: %j', async (emailStartsWith, found) => {
    expect(await emailsOf({ emailStartsWith })).toEqual(found)
  })

  test.each([{ emailStartsWith: '\u0000' }, { emailStartsWith: 'p\u0000' }, { role: 'editor\u0000' }])(
    'with a NUL character, which no address and no role holds, says so: %j',
    async filter => expectBadInput(await list({ filter }), /leave it out/),
  )

  test('by an empty beginning narrows nothing', async () => {
    expect(await emailsOf({ emailStartsWith: '' })).toHaveLength(45)
  })

  test.each([
    ['editor', ['pxq@example.com', 'uxv@example.com']],
    ['billing', ['pxq@example.com']],
    ['Editor', []],
    ['edit', []],
    ['', []],
    ['\ud800', []],
  ])('by role finds who has exactly it: %j', async (role, found) => {
    expect(await emailsOf({ role })).toEqual(found)
  })

  test('by whether the account is disabled', async () => {
    expect(await emailsOf({ disabled: true })).toEqual(['uxv@example.com'])
    expect(await emailsOf({ disabled: false })).toEqual(
      emails.filter(one => one !== 'uxv@example.com').sort(),
    )
  })

  test('with several members finds who fits all of them', async () => {
    expect(await emailsOf({ role: 'editor', disabled: false })).toEqual(['pxq@example.com'])
    expect(await emailsOf({ role: 'editor', emailStartsWith: 'u' })).toEqual(['uxv@example.com'])
    expect(await emailsOf({ role: 'billing', disabled: true })).toEqual([])
  })

  test('of nulls is none', async () => {
    expect(await emailsOf({ email: null, emailStartsWith: null, role: null, disabled: null })).toHaveLength(
      45,
    )
    expect(await emailsOf(null)).toHaveLength(45)
  })

  test('holds on the next page too', async () => {
    const filter = { emailStartsWith: 'ada-' }
    const { users } = (await list({ filter, first: 30 })).data
    expect([users.totalCount, users.edges.length]).toEqual([39, 30])
    const rest = (await list({ filter, first: 30, after: users.pageInfo.endCursor })).data.users
    expect([rest.totalCount, rest.edges.length, rest.pageInfo.hasNextPage]).toEqual([39, 9, false])
  })
})

describe('one user', () => {
  const find = (id: string) => world.run(UserDocument, { id }, { token: admin.accessToken })

  test('is found with what only administrators see', async () => {
    const { user } = (await find(admin.user.id)).data
    expect(user).toEqual({
      id: admin.user.id,
      email: admin.email,
      roles: ['admin'],
      disabledAt: null,
      sessions: [{ id: admin.session.id, current: true }],
    })
  })

  test('of an id that is unknown, malformed, not in its one form or very long is null', async () => {
    const ids = [randomUUID(), 'x', '', '\u0000', '0', admin.user.id.toUpperCase(), 'a'.repeat(50_000)]
    for (const id of ids) expect((await find(id)).data).toEqual({ user: null })
  })
})
