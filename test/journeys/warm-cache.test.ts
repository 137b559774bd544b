// What an instance remembers of tokens and operations is nobody else's, and outlives no revocation.
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

/** The same at little cost, for twenty thousand questions. */
const askQuickly = (token: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const question = request(`${world.url}/graphql`, { method: 'POST', agent, headers }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    question.on('error', reject).end('{"query":"{ viewer { userId sessionId tokenId roles } }"}')
  })

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
  // Each asks twice, the second time long after all others have asked; sixteen at any moment.
  const questions = [...viewers, ...viewers.toReversed()].values()
  const wrong: unknown[] = []
  const ask = async (): Promise<void> => {
    for (const { claims, token } of questions) {
      const told = await askQuickly(token)
      const { sub: userId, sid: sessionId, jti: tokenId, roles } = claims
      const own = { data: { viewer: { userId, sessionId, tokenId, roles } } }
      if (!isDeepStrictEqual(told, own)) wrong.push([own, told])
    }
  }
  await Promise.all(Array.from({ length: 16 }, ask))
  expect(wrong).toEqual([])
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
