// What an instance remembers of tokens and operations, and reads for many at once, is nobody else's, and outlives no revocation.
import { Agent, request } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { v7 as newId } from 'uuid'
import { LogoutEverywhereDocument, ViewerDocument } from '../generated/graphql.js'
import { signUpAdmin } from '../support/admin.js'
import { createForge, openKeysOf } from '../support/forge.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'ES256', LOG_LEVEL: 'info' } })
})
afterAll(() => world.close())

const viewerOf = async (token: string) => (await world.run(ViewerDocument, {}, { token })).data.viewer

const agent = new Agent({ keepAlive: true, maxSockets: 16 })
afterAll(() => agent.destroy())

const viewerQuery = '{ viewer { userId sessionId tokenId roles } }'

/** The same at little cost, for twenty thousand questions. */
const askQuickly = (token: string, query = viewerQuery): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const question = request(`${world.url}/graphql`, { method: 'POST', agent, headers }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    question.on('error', reject).end(JSON.stringify({ query }))
  })

interface Question {
  readonly token: string
  /** What its viewer is to be told. */
  readonly own: unknown
}

/** Asks one after another, sixteen at any moment; gives what anybody was told that is not their own. */
const answersOfOthers = async (questions: readonly Question[], query: string): Promise<unknown[]> => {
  const left = questions.values()
  const wrong: unknown[] = []
  const ask = async (): Promise<void> => {
    for (const { token, own } of left) {
      const told = await askQuickly(token, query)
      if (!isDeepStrictEqual(told, { data: own })) wrong.push([own, told])
    }
  }
  await Promise.all(Array.from({ length: 16 }, ask))
  return wrong
}

const refusalOf = async (token: string): Promise<unknown> =>
  (await world.run(ViewerDocument, {}, { token })).error.extensions.reason

/** Makes an instance remember a token and what it is asked for. */
const warm = async (token: string): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await viewerOf(token)
}

test('of ten thousand viewers who ask at once, each is told of themselves alone', async () => {
  const { accessToken } = await world.signUp()
  const forge = createForge((await openKeysOf(world, 'ES256')).current(), accessToken)
  const viewers = Array.from({ length: 10_000 }, (_, index) => {
    const claims = { sub: newId(), sid: newId(), jti: newId(), roles: index % 3 ? [`role${index}`] : [] }
    return { claims, token: forge.token({ claims }) }
  })
  for (let turn = 0; turn < 3; turn++) await askQuickly(accessToken)
  // Each asks twice, the second time long after all others have asked.
  const questions = [...viewers, ...viewers.toReversed()].map(({ claims, token }) => {
    const { sub: userId, sid: sessionId, jti: tokenId, roles } = claims
    return { token, own: { viewer: { userId, sessionId, tokenId, roles } } }
  })
  expect(await answersOfOthers(questions, viewerQuery)).toEqual([])
}, 120_000)

test('of two thousand users who ask for themselves at once, each is told of themselves as they are now', async () => {
  const { accessToken } = await world.signUp()
  const forge = createForge((await openKeysOf(world, 'ES256')).current(), accessToken)
  const users = Array.from({ length: 2_000 }, (_, index) => {
    const id = newId()
    return {
      id,
      email: `${id}@example.com`,
      name: index % 3 ? `Ada ${index}` : null,
      roles: [`role${index}`],
    }
  })
  const questions = (row: (user: (typeof users)[number]) => unknown): Question[] =>
    users.map(user => ({ token: forge.token({ claims: { sub: user.id } }), own: { me: row(user) } }))
  const me = '{ me { id email name roles } }'
  const nobody = questions(() => null)
  expect(await answersOfOthers(nobody, me)).toEqual([])
  await world.pool.query(
    `INSERT INTO users (id, email, name, roles, created_at)
     SELECT id, email, name, roles, now() FROM json_populate_recordset(NULL::users, $1)`,
    [JSON.stringify(users)],
  )
  expect(
    await answersOfOthers(
      questions(user => user),
      me,
    ),
  ).toEqual([])
  await world.pool.query(`UPDATE users SET name = 'Grace' WHERE name IS NULL`)
  await world.pool.query(`DELETE FROM users WHERE name LIKE 'Ada %'`)
  const now = questions(user => (user.name === null ? { ...user, name: 'Grace' } : null))
  // The same user many times at once as well.
  expect(await answersOfOthers([...now, ...now.flatMap(one => [one, one, one])], me)).toEqual([])
}, 120_000)

test('a token that was asked with a moment ago is refused once it is revoked', async () => {
  const [own, other] = [await world.signUp(), await world.signUp()]
  await Promise.all([warm(own.accessToken), warm(other.accessToken)])
  await world.run(LogoutEverywhereDocument, {}, { token: own.accessToken })
  expect(await refusalOf(own.accessToken)).toBe('REVOKED')
  expect((await viewerOf(other.accessToken))?.userId).toBe(other.user.id)
})

test('and once its roles changed, it expired, or its key was revoked', async () => {
  const admin = await signUpAdmin(world)
  await warm(admin.accessToken)
  const user = await world.signUp()
  await warm(user.accessToken)
  const roles = 'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { user { id } } }'
  const send = (query: string, variables: object) =>
    world.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.accessToken}` },
      body: JSON.stringify({ query, variables }),
    })
  await send(roles, { input: { userId: user.user.id, roles: ['editor'] } })
  expect(await refusalOf(user.accessToken)).toBe('STALE')

  const kid = JSON.parse(Buffer.from(admin.accessToken.split('.')[0] ?? '', 'base64url').toString()).kid
  const late = await world.signUp()
  await warm(late.accessToken)
  const revoked = await send(
    'mutation ($input: RevokeSigningKeyInput!) { revokeSigningKey(input: $input) { __typename } }',
    {
      input: { kid },
    },
  )
  expect(await revoked.text()).toContain('"data"')
  expect(await refusalOf(late.accessToken)).toBe('INVALID')

  const last = await world.signUp()
  await warm(last.accessToken)
  world.advance(901)
  expect(await refusalOf(last.accessToken)).toBe('EXPIRED')
})
