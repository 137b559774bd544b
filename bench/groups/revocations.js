// `viewer` with a million revocations in the set against none.
import { randomBytes } from 'node:crypto'
import { operations, requestsOf, signetTokens, startSignet } from '../harness/contenders.js'
import { createDatabase, query } from '../harness/database.js'
import { measureServer } from '../harness/measure.js'
import { alternate, createCollection, describeRounds, ratioOf, summarize } from '../harness/rounds.js'
import { connections, settings } from '../harness/settings.js'

// Of every kind, as logouts, bans and changes of roles would leave them.
const fill = count => `
  WITH filled AS (
    INSERT INTO revocations (number, kind, subject, reason, revoked_at, expires_at)
    SELECT f.last_number + n, (ARRAY['TOKEN', 'SESSION', 'USER', 'USER']::revocation_kind[])[n % 4 + 1],
      gen_random_uuid(), (ARRAY['ADMIN', 'LOGOUT', 'DISABLED', 'STALE']::revocation_reason[])[n % 4 + 1],
      now(), now() + interval '1 day'
    FROM revocation_feed f, generate_series(1, ${count}) n RETURNING number)
  UPDATE revocation_feed SET last_number = (SELECT max(number) FROM filled)`

const open = async (bench, name, revocations) => {
  const database = await createDatabase()
  const own = { ...bench, databaseUrl: database.url, secret: randomBytes(32).toString('hex') }
  const first = await startSignet(own)
  await first.stop()
  if (revocations > 0) await query(database.url, fill(revocations))
  const running = await startSignet(own)
  const stop = async () => {
    await running.stop()
    await database.drop()
  }
  return { ...running, name, stop, ...(await signetTokens(running.url)) }
}

/** The group. */
export const revocations = async bench => {
  const collection = createCollection()
  const [none, many] = ['no revocations', `${settings.revocations} revocations`]
  for (let start = 0; start < settings.starts; start++) {
    const running = []
    try {
      running.push(await open(bench, none, 0), await open(bench, many, settings.revocations))
      const measure = (contender, seconds) =>
        measureServer(contender, {
          url: contender.url,
          wakeSeconds: settings.wakeSeconds,
          seconds,
          connections,
          requests: requestsOf(contender, operations.viewer),
        })
      await alternate(running, settings.rounds, measure, collection.keep)
    } finally {
      await Promise.all(running.map(({ stop }) => stop()))
    }
  }
  return {
    title: '`viewer` beside revocations',
    how: describeRounds(`each woken for ${settings.wakeSeconds} s; autocannon, ${connections} connections`),
    rows: [none, many].map(name => ({
      name,
      figures: { 'CPU µs a request': summarize(collection.of(name).map(({ cpu }) => cpu)) },
    })),
    goals: [
      {
        what: '`viewer` with a million revocations in the set, cost against none',
        ratio: ratioOf(collection, many, none, 'cpu'),
        must: { atMost: 1.07 },
        aim: { atMost: 1.03 },
      },
    ],
  }
}
