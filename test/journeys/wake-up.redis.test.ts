// Two instances with a real Redis (TEST_REDIS_URL), where the database's own notices do not get through.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { LogoutDocument, ViewerDocument } from '../generated/graphql.js'
import { eventually } from '../support/eventually.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const redisUrl = process.env.TEST_REDIS_URL ?? ''
const env = { JWT_ISSUER: 'https://auth.example.com' }
let world: World
let redis: DatabaseProxy
let database: DatabaseProxy
let remote: World
beforeAll(async () => {
  redis = await createProxy(redisUrl)
  world = await createWorld({ env: { ...env, REDIS_URL: redis.url } })
  database = await createProxy(world.databaseUrl)
  remote = await createWorld({
    beside: { ...world, databaseUrl: database.url },
    env: { ...env, REDIS_URL: redis.url },
  })
})
afterAll(async () => {
  redis.heal()
  database.heal()
  await remote.close()
  await world.close()
  await redis.close()
  await database.close()
})

const signOut = async () => {
  const user = await world.signUp()
  const held = { token: user.accessToken }
  await eventually(async () => {
    expect((await remote.run(ViewerDocument, {}, held)).data.viewer?.userId).toBe(user.user.id)
  })
  await world.run(LogoutDocument, {}, held)
  await eventually(async () => {
    expect((await remote.run(ViewerDocument, {}, held)).error.extensions.reason).toBe('REVOKED')
  })
}

test('a revocation comes by Redis, and goes on coming while Redis is away and when it is back', async () => {
  await signOut()
  redis.cut()
  await signOut()
  redis.heal()
  await signOut()
  redis.stall()
  await signOut()
  redis.heal()
  await signOut()
})

test('a Redis that was emptied revives nothing', async () => {
  const user = await world.signUp()
  await world.run(LogoutDocument, {}, { token: user.accessToken })
  const { createClient } = await import('@redis/client')
  const client = createClient({ url: redisUrl })
  await client.connect()
  await client.flushDb()
  client.destroy()
  await eventually(async () => {
    const answer = await remote.run(ViewerDocument, {}, { token: user.accessToken })
    expect(answer.error.extensions.reason).toBe('REVOKED')
  })
})

test('the word comes by Redis where the database sends none', async () => {
  database.swallowNotices()
  await signOut()
})
