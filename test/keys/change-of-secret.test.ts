// SIGNET_SECRET is changed while users are signed in, and nobody notices; and a database of before such changes were
// possible goes on.
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { decodeProtectedHeader } from 'jose'
import { Pool } from 'pg'
import { migrate } from '../../src/engines/migrate.js'
import { exportKey, generateKey } from '../../src/keys/key-material.js'
import { revokeKey } from '../../src/keys/revoke.js'
import { openVault } from '../../src/keys/vault.js'
import { createLog } from '../../src/lib/log.js'
import { deriveSecret, seal } from '../../src/lib/secrets.js'
import { StartError } from '../../src/lib/start-error.js'
import { parseRefreshToken, successorOf } from '../../src/sessions/refresh-token.js'
import { ViewerDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import { createKeyPlace } from '../support/keyrings.js'
import type { World, WorldOptions } from '../support/world.js'
import { createWorld } from '../support/world.js'

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (let close = opened.pop(); close; close = opened.pop()) await close()
})
const open = async (options: WorldOptions): Promise<World> => {
  const world = await createWorld(options)
  opened.push(world.close)
  return world
}
const newSecret = (): string => randomBytes(32).toString('base64url')
const readJwks = async (world: World) => (await world.send('/.well-known/jwks.json')).text()
const viewerOf = async (world: World, token: string) =>
  (await world.run(ViewerDocument, {}, { token })).data.viewer

describe.each(['ES256', 'HS256'])('SIGNET_SECRET is changed, with %s', algorithm => {
  const env = { JWT_ALGORITHM: algorithm, JWT_ISSUER: 'https://auth.example.com' }
  const change = (world: World, to: string) => ({
    ...env,
    SIGNET_SECRET: to,
    SIGNET_SECRET_PREVIOUS: world.secret,
  })

  test('instance by instance: tokens of before work on both, and so do retries across the change', async () => {
    const before = await open({ env })
    const { accessToken, refreshToken } = await before.signUp()
    const attempt = (await before.refresh(refreshToken, 'an attempt')).data.refresh
    const secret = newSecret()
    const after = await open({ env: change(before, secret), beside: before })

    expect(await readJwks(after)).toBe(await readJwks(before))
    for (const world of [before, after]) {
      for (const token of [accessToken, attempt.accessToken])
        expect(await viewerOf(world, token)).not.toBeNull()
    }
    // The answer to the attempt was lost, and the retry comes to an instance with the new secret; then back and forth.
    const retried = (await after.refresh(refreshToken, 'an attempt')).data.refresh
    expect(retried.refreshToken).toBe(attempt.refreshToken)
    let token = retried.refreshToken
    for (const world of [before, after, before, after]) {
      const answer = (await world.refresh(token)).data.refresh
      const elsewhere = world === before ? after : before
      expect((await elsewhere.refresh(token)).data.refresh.refreshToken).toBe(answer.refreshToken)
      expect(await viewerOf(elsewhere, answer.accessToken)).not.toBeNull()
      token = answer.refreshToken
    }
    // A theft is proven with a token of before the change.
    expect((await after.refresh(refreshToken)).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
    // And once the old secret is taken out of the configuration, all is as it was.
    const { refreshToken: another } = await before.signUp()
    const settled = await open({ env: { ...env, SIGNET_SECRET: secret }, beside: before })
    expect((await settled.refresh(another)).body.errors).toBeUndefined()
  })

  test('who starts with the old one afterwards, or with neither, is refused and changes nothing', async () => {
    const before = await open({ env })
    const after = await open({ env: change(before, newSecret()), beside: before })
    const dump = async () =>
      (
        await Promise.all(
          ['signing_keys', 'secret_proofs', 'sealed_secrets'].map(table =>
            after.pool.query(`SELECT * FROM ${table} ORDER BY 1`),
          ),
        )
      ).map(({ rows }) => rows)
    const rows = await dump()
    await expect(open({ env, beside: before })).rejects.toThrow(StartError)
    await expect(open({ env, beside: before })).rejects.toThrow('another SIGNET_SECRET')
    const neither = { ...env, SIGNET_SECRET: newSecret(), SIGNET_SECRET_PREVIOUS: before.secret }
    await expect(open({ env: neither, beside: before })).rejects.toThrow('neither')
    expect(await dump()).toEqual(rows)
  })
})

test('four instances that start with the new secret at once seal all anew once', async () => {
  const before = await open({ env: { JWT_ALGORITHM: 'ES256' } })
  const jwks = await readJwks(before)
  const env = { JWT_ALGORITHM: 'ES256', SIGNET_SECRET: newSecret(), SIGNET_SECRET_PREVIOUS: before.secret }
  const all = await Promise.all([1, 2, 3, 4].map(() => open({ env, beside: before })))
  for (const world of all) expect(await readJwks(world)).toBe(jwks)
})

test('an instance with the replaced secret changes no key, and signs with those it has as long as they sign', async () => {
  const place = await createKeyPlace()
  opened.push(place.close)
  const [old, other] = [await place.open(), await place.open()]
  const vault = await openVault(other.needs, { secret: newSecret(), previousSecret: place.secret })
  const renewed = { ...other.needs, vault }
  const [first = '', second = ''] = old.keyring.jwks().keys.map(({ kid }) => `${kid}`)

  await expect(revokeKey(old.needs, first)).rejects.toThrow('restart it with the new one')
  await revokeKey({ db: renewed.db, clock: renewed.clock, vault, keySettings: renewed.keySettings }, first)
  await old.keyring.reload()
  expect(old.keyring.find(first)).toBeUndefined()
  expect(old.keyring.current().kid).toBe(second)
  await old.keyring.readyToSign()
  // The key that waits now it cannot show: so nobody shall keep its JWKS.
  expect(old.keyring.isFresh()).toBe(false)

  await revokeKey({ db: renewed.db, clock: renewed.clock, vault, keySettings: renewed.keySettings }, second)
  await old.keyring.reload()
  expect(old.keyring.canSign()).toBe(false)
  await expect(old.keyring.readyToSign()).rejects.toMatchObject({
    extensions: { code: 'UNAVAILABLE' },
  })
})

test('a database of the first version goes on: its key signs, its tokens and sessions work, its secret can be changed', async () => {
  const database = await createTestDatabase({ migrated: false })
  opened.push(database.drop)
  const folder = await mkdtemp(join(tmpdir(), 'signet-first-'))
  opened.push(() => rm(folder, { recursive: true }))
  const firstMigration = '20261123000000_users_sessions_keys'
  await cp(join('prisma/migrations', firstMigration), join(folder, firstMigration), { recursive: true })
  const pool = new Pool({ connectionString: database.url, max: 1 })
  opened.push(() => pool.end())
  await migrate({ pool, log: createLog('silent') }, folder)

  // As the first version kept them.
  const secret = newSecret()
  const [older, newer] = [await generateKey('ES256'), await generateKey('ES256')]
  const keep = async (key: typeof older, createdAt: string) =>
    pool.query('INSERT INTO signing_keys VALUES ($1, $2, $3, $4)', [
      key.kid,
      'ES256',
      Buffer.from(seal(deriveSecret(secret, 'signing-key-seal'), exportKey(key), `ES256 ${key.kid}`)),
      createdAt,
    ])
  await keep(newer, '2026-11-23T12:00:00Z')
  await keep(older, '2026-11-23T11:00:00Z')
  await pool.query('INSERT INTO secret_proofs VALUES (1, $1)', [
    Buffer.from(seal(deriveSecret(secret, 'secret-proof'), Buffer.from('signet'), 'signet')),
  ])

  // Both at once: the new version, and a new secret.
  const env = {
    JWT_ALGORITHM: 'ES256',
    SIGNET_SECRET: newSecret(),
    SIGNET_SECRET_PREVIOUS: secret,
  }
  const world = await open({ databaseUrl: database.url, env })
  const kids = JSON.parse(await readJwks(world)).keys.map((key: { kid: string }) => key.kid)
  expect(kids).toEqual([newer.kid, expect.any(String), older.kid])
  const { accessToken, refreshToken } = await world.signUp()
  expect(decodeProtectedHeader(accessToken).kid).toBe(newer.kid)
  // The successor is what the first version would have derived: so are its retries, and its proofs of theft.
  const parsed = parseRefreshToken(refreshToken ?? '')
  const next = parseRefreshToken((await world.refresh(refreshToken)).data.refresh.refreshToken ?? '')
  if (!parsed || !next) throw new Error('two refresh tokens')
  const derived = successorOf(deriveSecret(secret, 'refresh-token-pepper'), parsed)
  expect(Buffer.from(next.secret)).toEqual(Buffer.from(derived.secret))
})
