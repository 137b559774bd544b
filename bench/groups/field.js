// One field of GraphQL under load: every contender proven, then measured in alternating rounds over several starts.
import { contenders, operations, prove, requestsOf, signUp, startSignet } from '../harness/contenders.js'
import { measureServer } from '../harness/measure.js'
import { alternate, createCollection, describeRounds, ratioOf, summarize } from '../harness/rounds.js'
import { connections, settings } from '../harness/settings.js'

const nameOf = key => contenders[key].name

const measureField = async (bench, field, keys) => {
  const collection = createCollection()
  const query = operations[field]
  for (let start = 0; start < settings.starts; start++) {
    const running = []
    try {
      for (const key of keys) running.push(await contenders[key].start(bench))
      for (const contender of running)
        await prove({ names: field === 'me' ? 'id' : 'userId', ...contender }, query)
      await alternate(
        running,
        settings.rounds,
        (contender, seconds) =>
          measureServer(contender, {
            url: contender.url,
            wakeSeconds: settings.wakeSeconds,
            seconds,
            connections,
            requests: requestsOf(contender, query),
          }),
        collection.keep,
      )
    } finally {
      await Promise.all(running.map(({ stop }) => stop()))
    }
  }
  return collection
}

const rowsOf = collection =>
  collection.names().map(name => ({
    name,
    figures: {
      'CPU µs a request': summarize(collection.of(name).map(({ cpu }) => cpu)),
      'requests a second': summarize(collection.of(name).map(({ perSecond }) => perSecond)),
    },
  }))

// How many times as much CPU the other takes.
const cheaper = (collection, one, other, what, must, aim) => ({
  what,
  ratio: ratioOf(collection, nameOf(other), nameOf(one), 'cpu'),
  must: { atLeast: must },
  aim: { atLeast: aim },
})

/** Users of the peers are Signet's, so that all read the same row. */
const withUser = async bench => {
  const signet = await startSignet(bench)
  try {
    return { ...bench, userId: (await signUp(signet.url)).user.id }
  } finally {
    await signet.stop()
  }
}

/** `viewer`: answered from the verified token alone. */
export const viewer = async bench => {
  const keys = [
    'bare',
    'naive',
    'fair',
    'apolloFastify',
    'yoga',
    'mercurius',
    'mercuriusPluginCache',
    'mercuriusCache',
    'betterAuth',
    'signetRs256',
    'signetEs256',
    'signetHs256',
    'signetOneLane',
  ]
  const collection = await measureField(await withUser(bench), 'viewer', keys)
  const against = (other, what, must, aim) =>
    ['signetRs256', 'signetHs256'].map(one =>
      cheaper(collection, one, other, `\`viewer\`, ${nameOf(one)}, times cheaper than ${what}`, must, aim),
    )
  const bare = ['signetRs256', 'signetHs256'].map(one => ({
    what: `\`viewer\`, ${nameOf(one)}, cost against bare node with HS256`,
    ratio: ratioOf(collection, nameOf(one), nameOf('bare'), 'cpu'),
    must: { atMost: 1.5 },
    aim: { atMost: 1.1 },
  }))
  return {
    title: '`{ viewer { userId roles } }`, 1,000 tokens in turn',
    how: describeRounds(
      `each woken for ${settings.wakeSeconds} s; autocannon, ${connections} connections; better-auth reads its session from the database, as it does by itself`,
    ),
    rows: rowsOf(collection),
    goals: [
      ...against('naive', 'the naive sample', 10, 15),
      ...against('mercuriusPluginCache', 'mercurius, jit, @fastify/jwt with token cache', 1.3, 2),
      ...against('mercuriusCache', 'mercurius, jit, token cache without @fastify/jwt', 1.3, 2),
      ...bare,
      cheaper(
        collection,
        'signetOneLane',
        'fair',
        '`viewer` outside the fast lane, times cheaper than the fair Apollo',
        1.2,
        1.6,
      ),
    ],
  }
}

/** `me`: one row read. */
export const me = async bench => {
  const keys = ['fair', 'mercuriusCache', 'signetRs256', 'signetOneLane']
  const collection = await measureField(await withUser(bench), 'me', keys)
  return {
    title: '`{ me { id email name roles } }`: one row',
    how: describeRounds(`each woken for ${settings.wakeSeconds} s; autocannon, ${connections} connections`),
    rows: rowsOf(collection),
    goals: [
      cheaper(
        collection,
        'signetOneLane',
        'fair',
        '`me` outside the fast lane, times cheaper than the fair Apollo',
        1.2,
        1.6,
      ),
    ],
  }
}
