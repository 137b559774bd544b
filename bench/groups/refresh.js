// A whole `refresh` over HTTP, rotation and signature included, against pgbench with the rotation alone. Both come to
// the same sessions in the same order, each once.
import { formatRefreshToken } from '../../dist/sessions/refresh-token.js'
import { startSignet } from '../harness/contenders.js'
import { measureServer } from '../harness/measure.js'
import { alternate, createCollection, describeRounds, ratioOf, summarize } from '../harness/rounds.js'
import {
  fillSessions,
  idOf,
  resetSessions,
  rotateBy,
  rotateByPgbench,
  secret,
  stride,
} from '../harness/sessions.js'
import { connections, settings } from '../harness/settings.js'

const wanted = { HS256: [0.25, 0.33], ES256: [0.2, 0.27], RS256: [0.12, 0.16] }
const sessions = 200_000
// More than Signet carries out here.
const mostPerSecond = 6_000

const query = 'mutation ($input: RefreshInput) { refresh(input: $input) { accessToken refreshToken } }'

const requestFor = visit => {
  const sessionId = idOf(((visit * stride) % sessions) + 1)
  const input = { refreshToken: formatRefreshToken({ sessionId, generation: 0, secret }) }
  return {
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  }
}

const nameOf = algorithm => `Signet ${algorithm}`

const refreshAt = async (bench, algorithm) => {
  const signet = await startSignet(bench, { JWT_ALGORITHM: algorithm })
  const measure = seconds => {
    const requests = Array.from({ length: seconds * mostPerSecond }, (_, visit) => requestFor(visit))
    return measureServer(signet, { url: signet.url, seconds, connections, requests })
  }
  return { ...signet, name: nameOf(algorithm), measure }
}

const measureStart = async (bench, start, collection) => {
  const url = bench.databaseUrl
  const running = []
  try {
    for (const algorithm of Object.keys(wanted)) running.push(await refreshAt(bench, algorithm))
    if (start === 0) await fillSessions(url, 0, sessions)
    const job = { clients: connections, sessions, start: 0, span: sessions / connections }
    const { text } = await rotateBy('signet', url, { ...job, seconds: 1 })
    const contenders = [
      ...running,
      { name: 'pgbench', measure: seconds => rotateByPgbench(url, text, { ...job, seconds }) },
    ]
    const measure = async (contender, seconds) => {
      await resetSessions(url)
      return contender.measure(seconds)
    }
    await alternate(contenders, settings.rounds, measure, collection.keep)
  } finally {
    await Promise.all(running.map(({ stop }) => stop()))
  }
}

/** The group. */
export const refresh = async bench => {
  const collection = createCollection()
  for (let start = 0; start < settings.starts; start++) await measureStart(bench, start, collection)
  return {
    title: '`refresh` over HTTP',
    how: describeRounds(
      `autocannon and pgbench, ${connections} connections, ${sessions} sessions, each refreshed once; a checkpoint before each measurement`,
    ),
    rows: collection.names().map(name => {
      const of = figure => summarize(collection.of(name).map(one => one[figure]))
      const cpu = name === 'pgbench' ? {} : { 'CPU µs of Signet': of('cpu'), 'p99 ms': of('p99') }
      return { name, figures: { 'a second': of('perSecond'), ...cpu } }
    }),
    goals: Object.entries(wanted).map(([algorithm, [must, aim]]) => ({
      what: `whole \`refresh\` over HTTP, a second, ${algorithm}, against pgbench`,
      ratio: ratioOf(collection, nameOf(algorithm), 'pgbench', 'perSecond'),
      must: { atLeast: must },
      aim: { atLeast: aim },
    })),
  }
}
