// Claims of the operator's own, through the front door: the services that look for them find them in every token.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import { createAdministration, createWitness } from '../support/administration.js'
import { claimsOf } from '../support/forge.js'
import { spawnSignet } from '../support/process.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

/** The templates that docs/claims.md shows, in order. */
const [, scope = '', hasura = '', both = ''] = [
  ...readFileSync(new URL('../../docs/claims.md', import.meta.url), 'utf8').matchAll(
    /^SIGNET_CLAIMS='(.*)'$/gm,
  ),
].map(([, text]) => text)

const hasuraName = 'https://hasura.io/jwt/claims'

describe('with the template for Hasura and Apollo Router', () => {
  let world: World
  let admin: Admin
  beforeAll(async () => {
    world = await createWorld({ env: { SIGNET_CLAIMS: both, JWT_ALGORITHM: 'ES256' } })
    admin = await signUpAdmin(world)
  })
  afterAll(() => world.close())

  test('a user without roles gets what both services take for nobody in particular', async () => {
    const { accessToken, user } = await world.signUp()
    expect(claimsOf(accessToken)).toMatchObject({
      sub: user.id,
      roles: [],
      scope: '',
      [hasuraName]: {
        'x-hasura-user-id': user.id,
        'x-hasura-allowed-roles': ['user'],
        'x-hasura-default-role': 'user',
      },
    })
    await createWitness(world).expectAccepted(accessToken)
  })

  test('new roles are in the claims from the next refresh on, and nobody is signed out', async () => {
    const { accessToken, refreshToken, user } = await world.signUp()
    await createAdministration(world, () => admin.accessToken).setRoles(user.id, ['editor', 'read:posts'])
    expect(await createWitness(world).refusalOf(accessToken)).toMatchObject({ reason: 'STALE' })
    const renewed = (await world.refresh(refreshToken)).data.refresh.accessToken
    expect(claimsOf(renewed)).toMatchObject({
      roles: ['editor', 'read:posts'],
      scope: 'editor read:posts',
      [hasuraName]: {
        'x-hasura-user-id': user.id,
        'x-hasura-allowed-roles': ['editor', 'read:posts'],
        'x-hasura-default-role': 'editor',
      },
    })
    await createWitness(world).expectAccepted(renewed)
  })

  test('a service that knows the JWKS alone verifies the token and reads them', async () => {
    const { accessToken } = await world.signUp()
    const jwks = createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(accessToken, jwks, {
      issuer: world.url,
      audience: 'signet',
      typ: 'at+jwt',
    })
    expect(payload[hasuraName]).toMatchObject({ 'x-hasura-default-role': 'user' })
  })
})

test.each([
  ['Apollo Router', scope, ['scope']],
  ['Hasura', hasura, [hasuraName]],
])(
  'with the template for %s tokens hold its claim, and without one no claim more',
  async (_, text, names) => {
    const plain = await createWorld()
    const world = await createWorld({ beside: plain, env: { SIGNET_CLAIMS: text, JWT_ISSUER: plain.url } })
    const [without, withMore] = await Promise.all([plain.signUp(), world.signUp()])
    const known = Object.keys(claimsOf(without.accessToken))
    expect(Object.keys(claimsOf(withMore.accessToken)).sort()).toEqual([...known, ...names].sort())
    // Instances may differ in it, as they do while it is being changed: tokens of both are good on both.
    await createWitness(plain).expectAccepted(withMore.accessToken)
    await createWitness(world).expectAccepted(without.accessToken)
    await world.close()
    await plain.close()
  },
)

test('a faulty template stops the start with one line that says what to mend', async () => {
  const signet = spawnSignet({ SIGNET_CLAIMS: '{"sub":"{userId}"}' })
  expect(await signet.exited).toBe(1)
  expect(signet.output().stderr).toBe(
    `The configuration has a fault:
  SIGNET_CLAIMS must not set the claim sub, which is Signet's own or a token's header's. Example: SIGNET_CLAIMS='{"scope":"{roles joined}"}'
`,
  )
})
