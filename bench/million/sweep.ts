// The sweep of expired sessions while others refresh. An instance that starts sweeps at once; another one refreshes.
import type { Client } from 'pg'
import type { Instance } from './instance.js'
import type { Side } from './latency.js'
import type { Figure } from './statistics.js'
import { largest, percentile, repeat, repeatFor } from './statistics.js'

interface Needs {
  readonly client: Client
  readonly side: Side
  /** Starts an instance on the large database that logs everything. */
  readonly startSweeper: () => Promise<Instance>
  readonly expired: number
}

const quietSeconds = 8
const connections = 8
const sampleMilliseconds = 5

const addExpired = (client: Client, count: number): Promise<unknown> =>
  client.query(
    `INSERT INTO sessions (id, user_id, delivery, created_at, expires_at, rotated_at, secret_hash, user_agent, ip_address)
     SELECT gen_random_uuid(), id, 'COOKIE', now() - interval '40 days', now() - interval '8 days' - random() * interval '2 days',
       now() - interval '20 days', sha256(gen_random_uuid()::text::bytea), 'Mozilla/5.0 (X11; Linux x86_64)', '203.0.113.7'
     FROM users LIMIT $1`,
    [count],
  )

// For how long locks have been waited for at this moment, the longest first; null while nobody waits.
const longestWaitText = `
  SELECT extract(epoch FROM clock_timestamp() - min(l.waitstart)) * 1000 AS ms
  FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
  WHERE NOT l.granted AND a.datname = current_database()`

const sampleWaits = async (
  client: Client,
  isOver: () => boolean,
): Promise<{ waits: number[]; longestGap: number; samples: number }> => {
  const waits: number[] = []
  let longestGap = 0
  let samples = 0
  for (let last = performance.now(); !isOver(); samples++) {
    const { rows } = await client.query<{ ms: string | null }>({
      name: 'longest_wait',
      text: longestWaitText,
    })
    const ms = rows[0]?.ms
    if (ms != null) waits.push(Number(ms))
    await new Promise(resolve => setTimeout(resolve, sampleMilliseconds))
    const now = performance.now()
    longestGap = Math.max(longestGap, now - last)
    last = now
  }
  return { waits, longestGap, samples }
}

/** Measures it. The longest lock wait is sampled from pg_locks every few milliseconds. */
export const measureSweep = async ({ client, side, startSweeper, expired }: Needs): Promise<Figure[]> => {
  await addExpired(client, expired)
  await client.query('ANALYZE sessions')
  await client.query('CHECKPOINT')
  const quiet = await repeatFor(quietSeconds, connections, side.refreshAny)
  let over = false
  const isOver = (): boolean => over
  const refreshing = repeat(connections, isOver, side.refreshAny)
  const sampling = sampleWaits(client, isOver)
  const startedAt = performance.now()
  const sweeper = await startSweeper()
  await sweeper.logged('expired sessions were forgotten').finally(() => {
    over = true
  })
  const seconds = (performance.now() - startedAt) / 1000
  const [meanwhile, { waits, longestGap, samples }] = await Promise.all([refreshing, sampling])
  await sweeper.stop()
  const { rows } = await client.query<{ left: number }>(
    `SELECT count(*)::int AS left FROM sessions WHERE expires_at < now() - interval '7 days'`,
  )
  const line = (name: string, value: number, unit: string, aim?: number): Figure => ({
    part: 'sweep',
    name,
    value,
    unit,
    ...(aim !== undefined && { aim }),
  })
  return [
    line('expired sessions', expired, 'rows'),
    line('left after the sweep', rows[0]?.left ?? Number.NaN, 'rows', 0),
    line('start of the instance and sweep', seconds, 's'),
    line('refreshes before: p50', percentile(quiet, 0.5), 'ms'),
    line('refreshes before: p99', percentile(quiet, 0.99), 'ms'),
    line('refreshes meanwhile: p50', percentile(meanwhile, 0.5), 'ms'),
    line('refreshes meanwhile: p99', percentile(meanwhile, 0.99), 'ms'),
    line('refreshes meanwhile: longest', largest(meanwhile), 'ms'),
    line('longest lock wait seen', largest(waits), 'ms', 100),
    line('samples that saw a wait', waits.length, `of ${samples}`),
    line('longest time between two samples', longestGap, 'ms'),
  ]
}
