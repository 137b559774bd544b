// From nothing to the first answer, with the database already up, and the memory after it.
import { operations, startSignet } from '../harness/contenders.js'
import { residentMegabytes, startProcess } from '../harness/process.js'
import { createCollection, ratioOf, summarize } from '../harness/rounds.js'
import { settings } from '../harness/settings.js'

const askGraphql = async url => {
  const answer = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: operations.viewer }),
  })
  return (await answer.text()).includes('"viewer":null')
}
const askBetterAuth = async url => {
  const answer = await fetch(new URL('/api/auth/get-session', url))
  return (await answer.text()) === 'null'
}

const scripts = {
  'bare node:http': ['contenders/bare.js', {}],
  'Apollo standalone': ['contenders/apollo-standalone.js', { KEY: 'object' }],
  'Apollo on Fastify': ['contenders/apollo-fastify.js', {}],
  Yoga: ['contenders/yoga.js', {}],
  'mercurius, jit': ['contenders/mercurius.js', { JWT: 'cache' }],
  'better-auth': ['contenders/better-auth.js', {}, askBetterAuth],
}

const startOnce = async (begin, isAnswered = askGraphql) => {
  const startedAt = performance.now()
  const running = await begin()
  try {
    if (!(await isAnswered(running.url))) throw new Error('no good first answer')
    return { seconds: (performance.now() - startedAt) / 1000, megabytes: residentMegabytes(running.pid) }
  } finally {
    await running.stop()
  }
}

/** The group. */
export const start = async bench => {
  const collection = createCollection()
  const beginners = Object.entries(scripts).map(([name, [script, env, isAnswered]]) => [
    name,
    () => startProcess(script, { BENCH_SECRET: bench.secret, DATABASE_URL: bench.databaseUrl, ...env }),
    isAnswered,
  ])
  beginners.push(['Signet', () => startSignet(bench)])
  await startOnce(() => startSignet(bench))
  for (let round = 0; round < settings.starts * settings.rounds; round++) {
    for (const [name, begin, isAnswered] of round % 2 ? beginners : beginners.toReversed()) {
      collection.keep(name, await startOnce(begin, isAnswered))
    }
  }
  const memory = summarize(collection.of('Signet').map(({ megabytes }) => megabytes))
  return {
    title: 'Start and memory',
    how: `${settings.starts * settings.rounds} starts of each, in turn`,
    rows: collection.names().map(name => ({
      name,
      figures: {
        'seconds to the first answer': summarize(collection.of(name).map(({ seconds }) => seconds)),
        'MB after it': summarize(collection.of(name).map(({ megabytes }) => megabytes)),
      },
    })),
    goals: [
      {
        what: 'start to first answer against Apollo standalone',
        ratio: ratioOf(collection, 'Signet', 'Apollo standalone', 'seconds'),
        must: { atMost: 2 },
        aim: { atMost: 1.4 },
      },
      {
        what: 'memory after start, without the embedded database, MB',
        ratio: memory,
        must: { atMost: 120 },
        aim: { atMost: 100 },
      },
    ],
  }
}
