// A database of the bench's own in the machine's PostgreSQL, dropped at the end.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import pg from 'pg'

const server = process.env.BENCH_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres'

/** Runs statements on an address, one after another; gives the rows of the last. */
export const query = async (connectionString, ...statements) => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    let rows = []
    for (const statement of statements) ({ rows } = await client.query(statement))
    return rows
  } finally {
    await client.end()
  }
}

/** Makes an empty database; gives its address and what drops it. */
export const createDatabase = async () => {
  const name = `signet_bench_${randomBytes(4).toString('hex')}`
  await query(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => query(server, `DROP DATABASE ${name} WITH (FORCE)`) }
}

/** The path of pgbench, or null where the machine has none. */
export const findPgbench = () => {
  try {
    return execFileSync('which', ['pgbench'], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}
