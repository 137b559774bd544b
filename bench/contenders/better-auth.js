// better-auth's `get-session`, on the same PostgreSQL. Its password hash is replaced by one that costs nothing: it makes
// the thousand sessions that are asked for, and is not what is measured.
import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import pg from 'pg'
import { ready } from './schema.js'

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  options: '-c search_path=better_auth',
})
await pool.query('CREATE SCHEMA IF NOT EXISTS better_auth')
const options = {
  database: pool,
  secret: process.env.BENCH_SECRET,
  baseURL: 'http://127.0.0.1',
  trustedOrigins: ['http://127.0.0.1:*'],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: async password => `none:${password}`,
      verify: async ({ hash, password }) => hash === `none:${password}`,
    },
  },
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
const server = createServer(toNodeHandler(betterAuth(options)))
server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/api/auth/get-session`))
