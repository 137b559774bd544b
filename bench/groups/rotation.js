// The rotation in the store, without HTTP: Signet's code, the bare driver and Prisma's ways against pgbench with the same
// statement; the WAL that it writes; and five times as many sessions.
import { startSignet } from '../harness/contenders.js'
import { query } from '../harness/database.js'
import { createCollection, ratioOf, summarize } from '../harness/rounds.js'
import { fillSessions, resetSessions, rotateBy, rotateByPgbench } from '../harness/sessions.js'
import { settings } from '../harness/settings.js'

const clientCounts = [1, 16, 64]
const ways = ['signet', 'pg', 'prisma-raw', 'prisma-update', 'prisma-transaction']
const names = {
  signet: "Signet's store",
  pg: 'pg, a named statement',
  'prisma-raw': 'Prisma, $queryRaw',
  'prisma-update': 'Prisma, updateManyAndReturn',
  'prisma-transaction': 'Prisma, an interactive transaction',
}

const jobOf = (clients, sessions, start = 0) => ({
  clients,
  sessions,
  start,
  seconds: settings.seconds,
  warmSeconds: 2,
  span: Math.floor(sessions / clients),
})

// Other sessions in each round.
const startOf = round => round * 54_321

const rotateAlone = async (url, way, job) => {
  const result = await rotateBy(way, url, job)
  if (result.missed > 0) throw new Error(`${way}: ${result.missed} sessions did not move`)
  return result
}

/** Bytes of WAL a rotation, from a checkpoint on. */
const measureWal = async (url, sessions) => {
  await query(url, 'CHECKPOINT')
  const [{ before }] = await query(url, 'SELECT pg_current_wal_lsn() AS before')
  const { count } = await rotateAlone(url, 'signet', { ...jobOf(16, sessions), seconds: 10, warmSeconds: 0 })
  const [{ bytes }] = await query(url, `SELECT pg_current_wal_lsn() - '${before}' AS bytes`)
  await resetSessions(url)
  return { kilobytes: Number(bytes) / count / 1000 }
}

/** The group. */
export const rotation = async ({ databaseUrl: url, secret }) => {
  const { sessions, manySessions } = settings
  const signet = await startSignet({ databaseUrl: url, secret })
  await signet.stop()
  await fillSessions(url, 0, sessions)
  const wal = [await measureWal(url, sessions)]
  const { text } = await rotateAlone(url, 'signet', { ...jobOf(1, sessions), seconds: 1, warmSeconds: 0 })
  const collection = createCollection()
  for (let round = 0; round < settings.rounds; round++) {
    for (const clients of clientCounts) {
      const job = jobOf(clients, sessions, startOf(round))
      const steps = [
        ['pgbench', () => rotateByPgbench(url, text, job)],
        ...ways.map(way => [names[way], () => rotateAlone(url, way, job)]),
      ]
      for (const [name, step] of round % 2 ? steps : steps.toReversed()) {
        await resetSessions(url)
        collection.keep(`${name}, ${clients}`, await step())
      }
    }
  }
  const many = createCollection()
  const measureMany = async (name, count) => {
    for (let round = 0; round < settings.rounds; round++) {
      await resetSessions(url)
      many.keep(name, await rotateAlone(url, 'signet', jobOf(16, count, startOf(round))))
    }
  }
  await measureMany('few', sessions)
  await fillSessions(url, sessions, manySessions)
  await measureMany('many', manySessions)
  const [few, lots] = [sessions, manySessions].map(count => `${count / 1_000_000} million sessions`)
  const numbers = (of, name, figure) => summarize(of.of(name).map(one => one[figure]))
  return {
    title: 'Rotation in the store: one statement a rotation, at 1, 16 and 64 clients',
    how: `${settings.rounds} rounds of ${settings.seconds} s, every other one in reverse, each way in a process of its own after 2 s to warm up; a checkpoint before each measurement. WAL: once, from a checkpoint on, 10 s. ${manySessions} sessions: after all others`,
    rows: [
      ...collection.names().map(name => ({
        name,
        figures: {
          'a second': numbers(collection, name, 'perSecond'),
          ...(!name.startsWith('pgbench') && { 'CPU µs of node': numbers(collection, name, 'cpu') }),
        },
      })),
      { name: `Signet's store, 16, ${few}`, figures: { 'a second': numbers(many, 'few', 'perSecond') } },
      { name: `Signet's store, 16, ${lots}`, figures: { 'a second': numbers(many, 'many', 'perSecond') } },
    ],
    goals: [
      ...clientCounts.map(clients => ({
        what: `rotation in the store, a second, against pgbench, ${clients} clients`,
        ratio: ratioOf(collection, `${names.signet}, ${clients}`, `pgbench, ${clients}`, 'perSecond'),
        must: { atLeast: 0.7 },
        aim: { atLeast: 0.85 },
      })),
      {
        what: `WAL a rotation, ${few}, after a checkpoint, kB`,
        ratio: summarize(wal.map(({ kilobytes }) => kilobytes)),
        must: { atMost: 5 },
        aim: { atMost: 4 },
      },
      {
        what: `rotation at ${lots} against ${few}`,
        ratio: ratioOf(many, 'many', 'few', 'perSecond'),
        must: { atLeast: 0.65 },
        aim: { atLeast: 0.8 },
      },
    ],
  }
}
