// What an instance takes, and how long it needs to start, with a million live revocations and with none.
import type { Client } from 'pg'
import type { Instance } from './instance.js'
import type { ProbeReading } from './probe.js'
import type { Figure } from './statistics.js'
import { largest, median } from './statistics.js'

const starts = 3
const mebibyte = 2 ** 20

/** Writes records as record_revocations would, of sessions that never were; they outlive the run. */
export const addRevocations = async (client: Client, count: number): Promise<void> => {
  await client.query(
    `INSERT INTO revocations (number, kind, subject, reason, revoked_at, expires_at)
     SELECT n, 'SESSION', gen_random_uuid(), 'LOGOUT', now(), now() + interval '6 hours'
     FROM generate_series(1, $1::int) AS n`,
    [count],
  )
  await client.query('UPDATE revocation_feed SET last_number = $1', [count])
  await client.query('VACUUM ANALYZE revocations')
}

/** Starts instances on a database without and on one with the records, in turn. */
export const measureMemory = async (
  startWithout: () => Promise<Instance>,
  startWith: () => Promise<Instance>,
  records: number,
): Promise<Figure[]> => {
  const readings = [startWithout, startWith].map(start => ({
    start,
    milliseconds: [] as number[],
    probes: [] as ProbeReading[],
  }))
  for (let round = 0; round < starts; round++) {
    for (const reading of readings) {
      const instance = await reading.start()
      reading.milliseconds.push(instance.startMilliseconds)
      reading.probes.push(await instance.probe())
      await instance.stop()
    }
  }
  const [without, withThem] = readings
  if (!without || !withThem) throw new Error('there are two kinds of start')
  const line = (name: string, value: number, unit: string, aim?: number): Figure => ({
    part: 'memory',
    name,
    value,
    unit,
    ...(aim !== undefined && { aim }),
  })
  const mean = (of: typeof without, what: 'rss' | 'heapUsed' | 'external' | 'arrayBuffers'): number =>
    median(of.probes.map(probe => probe[what])) / mebibyte
  const growth = (what: 'rss' | 'heapUsed' | 'external' | 'arrayBuffers'): number =>
    mean(withThem, what) - mean(without, what)
  // arrayBuffers are a part of external.
  const kept = growth('heapUsed') + growth('external')
  return [
    line('start without revocations', median(without.milliseconds), 'ms'),
    line(`start with ${records}`, median(withThem.milliseconds), 'ms'),
    line('processor time of a start without', median(without.probes.map(({ cpu }) => cpu)), 'ms'),
    line(`processor time of a start with ${records}`, median(withThem.probes.map(({ cpu }) => cpu)), 'ms'),
    ...(['rss', 'heapUsed', 'external', 'arrayBuffers'] as const).flatMap(what => [
      line(`${what} without`, mean(without, what), 'MB'),
      line(`${what} with ${records}`, mean(withThem, what), 'MB'),
    ]),
    line('kept for them (heapUsed + external)', kept, 'MB', (64 * records) / 1e6),
    line('a record', (kept * mebibyte) / records, 'bytes'),
    line('RSS for them, right after the start', growth('rss'), 'MB'),
    line(
      'longest pause of the collector while they were read',
      largest(withThem.probes.map(probe => probe.longestPause)),
      'ms',
      20,
    ),
    line(
      'longest pause of the collector at a start without',
      largest(without.probes.map(probe => probe.longestPause)),
      'ms',
    ),
  ]
}
