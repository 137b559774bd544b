// What a user and a session take on disk, and how many rotations touched no index.
import type { Client } from 'pg'
import type { Figure } from './statistics.js'

const sizesText = `
  SELECT c.relname AS name, pg_relation_size(c.oid)::float8 AS bytes, t.relname AS of
  FROM pg_class AS c
  LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
  JOIN pg_class AS t ON t.oid = coalesce(i.indrelid, c.oid)
  WHERE t.relname IN ('users', 'passwords', 'sessions') AND c.relkind IN ('r', 'i')
  ORDER BY t.relname DESC, c.relkind DESC, c.relname`

/** Measures the tables of a filled database and their indexes. */
export const measureSizes = async (client: Client, count: number): Promise<Figure[]> => {
  const { rows } = await client.query<{ name: string; bytes: number; of: string }>(sizesText)
  const lines = rows.map(
    ({ name, bytes, of }): Figure => ({
      part: 'size',
      name: name === of ? `table ${name}` : `index ${name}`,
      value: bytes / count,
      unit: 'bytes a row',
    }),
  )
  const sum = (tables: readonly string[]): number =>
    rows.filter(({ of }) => tables.includes(of)).reduce((total, { bytes }) => total + bytes, 0)
  return [
    ...lines,
    { part: 'size', name: 'a user, all told', value: sum(['users', 'passwords']) / count, unit: 'bytes' },
    { part: 'size', name: 'a session, all told', value: sum(['sessions']) / count, unit: 'bytes' },
    {
      part: 'size',
      name: 'all of them',
      value: sum(['users', 'passwords', 'sessions']) / 2 ** 20,
      unit: 'MB',
    },
  ]
}

/** Updates of sessions so far, and those of them that were HOT. */
export const readUpdates = async (client: Client): Promise<{ updates: number; hot: number }> => {
  const { rows } = await client.query<{ updates: number; hot: number }>(
    `SELECT n_tup_upd::float8 AS updates, n_tup_hot_upd::float8 AS hot
     FROM pg_stat_user_tables WHERE relname = 'sessions'`,
  )
  return rows[0] ?? { updates: 0, hot: 0 }
}

/** The share of HOT updates, read when the server's counters stand still. */
export const measureHotUpdates = async (client: Client): Promise<Figure[]> => {
  let last = await readUpdates(client)
  for (;;) {
    // Backends tell their counts a second late.
    await client.query('SELECT pg_sleep(1.5)')
    const next = await readUpdates(client)
    if (next.updates === last.updates && next.updates > 0) break
    last = next
  }
  return [
    { part: 'size', name: 'rotations counted', value: last.updates, unit: 'updates' },
    {
      part: 'size',
      name: 'rotations that touched an index (not HOT)',
      value: 100 * (1 - last.hot / last.updates),
      unit: '%',
    },
  ]
}
