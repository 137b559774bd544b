import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Pool } from 'pg'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import type { DatabaseProxy } from '../support/proxy.js'
import { createProxy } from '../support/proxy.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let database: TestDatabase
let proxy: DatabaseProxy
let world: World
beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await createProxy(database.url)
  world = await createWorld({ databaseUrl: proxy.url })
})
afterAll(async () => {
  proxy.heal()
  await world.close()
  await proxy.close()
  await database.drop()
})

const health = async (kind: 'live' | 'ready'): Promise<unknown[]> => {
  const answer = await world.send(`/health/${kind}`)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  return [answer.status, await answer.json()]
}

const ready = [200, { status: 'ready' }]
const failing = (part: string) => [503, { status: 'unready', failing: part }]

describe('Signet says that it', () => {
  test('is alive and ready', async () => {
    expect(await health('live')).toEqual([200, { status: 'live' }])
    expect(await health('ready')).toEqual(ready)
  })

  test.each(['cut', 'stall'] as const)(
    'lives and is not ready while its database is away (%s), and is ready again after',
    async how => {
      proxy[how]()
      expect(await health('live')).toEqual([200, { status: 'live' }])
      expect(await health('ready')).toEqual(failing('database'))
      proxy.heal()
      // The database is back at once; that nothing was missed meanwhile is known a moment later.
      await eventually(async () => expect(await health('ready')).toEqual(ready))
    },
  )

  test('is not ready while a migration is missing', async () => {
    const pool = new Pool({ connectionString: database.url, max: 1 })
    try {
      const { rows } = await pool.query(
        'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations) RETURNING *',
      )
      expect(await health('ready')).toEqual(failing('migrations'))
      const names = Object.keys(rows[0])
      await pool.query(
        `INSERT INTO _prisma_migrations (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
        Object.values(rows[0]),
      )
      expect(await health('ready')).toEqual(ready)

      await pool.query('ALTER TABLE _prisma_migrations RENAME TO away')
      expect(await health('ready')).toEqual(failing('migrations'))
      await pool.query('ALTER TABLE away RENAME TO _prisma_migrations')
      expect(await health('ready')).toEqual(ready)
    } finally {
      await pool.end()
    }
  })

  test('is asked without a token, a cookie or an Origin, and tells nothing more', async () => {
    const answer = await world.send('/health/ready', { headers: { origin: 'https://evil.example' } })
    expect(await answer.text()).toBe('{"status":"ready"}')
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
    expect(answer.headers.has('set-cookie')).toBe(false)
  })
})
