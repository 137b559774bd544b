// Logins against the raw rate of argon2id, and what `viewer` feels of them.
import { operations, requestsOf, signetTokens, signUp, startSignet } from '../harness/contenders.js'
import { load, runJob } from '../harness/measure.js'
import { createCollection, ratioOf, summarize } from '../harness/rounds.js'
import { settings } from '../harness/settings.js'

const loginQuery =
  'mutation ($input: LoginInput!) { login(input: $input) { ... on AuthPayload { accessToken } } }'

const inFlight = 32

/** The group. */
export const login = async bench => {
  const collection = createCollection()
  for (let start = 0; start < settings.starts; start++) {
    const signet = await startSignet(bench)
    try {
      const accounts = await Promise.all(Array.from({ length: inFlight }, () => signUp(signet.url)))
      const logins = accounts.map(({ email, password }) => ({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: loginQuery, variables: { input: { email, password } } }),
      }))
      const viewers = requestsOf(await signetTokens(signet.url), operations.viewer)
      const { url } = signet
      const logIn = seconds => load({ url, seconds, connections: inFlight, requests: logins })
      // Steady and light: it is asked what a request waits, not how many there can be.
      const view = () => load({ url, seconds: settings.seconds * 2, perSecond: 200, requests: viewers })
      await Promise.all([logIn(settings.warmSeconds), view()])
      for (let round = 0; round < settings.rounds; round++) {
        const { perSecond: raw } = await runJob('harness/argon2.js', { seconds: settings.seconds * 2 })
        const { perSecond: logins } = await logIn(settings.seconds * 2)
        const idle = await view()
        const [busy] = await Promise.all([view(), logIn(settings.seconds * 2 + 1)])
        collection.keep('raw argon2id', { perSecond: raw })
        collection.keep('login', { perSecond: logins })
        collection.keep('viewer, idle', { p99: idle.p99 })
        collection.keep(`viewer beside ${inFlight} logins`, { p99: busy.p99 })
      }
    } finally {
      await signet.stop()
    }
  }
  return {
    title: 'Logins',
    how: `${settings.starts} starts of ${settings.rounds} rounds of ${settings.seconds * 2} s for each; autocannon, ${inFlight} connections for logins; a \`viewer\` every 5 ms for p99`,
    rows: collection.names().map(name => {
      const [[figure]] = collection.of(name).map(Object.keys)
      const label = figure === 'p99' ? 'p99 ms' : 'a second'
      return { name, figures: { [label]: summarize(collection.of(name).map(one => one[figure])) } }
    }),
    goals: [
      {
        what: '`login` a second against raw argon2id',
        ratio: ratioOf(collection, 'login', 'raw argon2id', 'perSecond'),
        must: { atLeast: 0.8 },
        aim: { atLeast: 0.9 },
      },
      {
        what: '`viewer` p99 with 32 logins in flight, against idle',
        ratio: ratioOf(collection, `viewer beside ${inFlight} logins`, 'viewer, idle', 'p99'),
        must: { atMost: 5 },
        aim: { atMost: 3.5 },
      },
    ],
  }
}
