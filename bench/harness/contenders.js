// Who is measured: how each is started, what it is sent, and the proof that it answers rightly and refuses a broken token.
import jwt from 'jsonwebtoken'
import { startProcess } from './process.js'

const tokenCount = 1_000

const viewer = '{ viewer { userId roles } }'
const me = '{ me { id email name roles } }'

/** The operations that contenders are sent. */
export const operations = { viewer, me }

const post = (query, token) => ({
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify({ query }),
})

const send = (url, { method, headers, body }) => fetch(url, { method, headers, body })

/** Sends an operation to Signet and gives its data. */
export const ask = async (url, query, variables, token) => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
  const { data, errors } = await answer.json()
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 300))
  return data
}

const signupQuery =
  'mutation ($input: SignupInput!) { signup(input: $input) { ... on AuthPayload { accessToken refreshToken user { id } } } }'
const refreshQuery = 'mutation ($input: RefreshInput) { refresh(input: $input) { accessToken refreshToken } }'

/** Signs somebody up at a Signet. */
export const signUp = async url => {
  const input = {
    email: `u${crypto.randomUUID()}@example.com`,
    password: `a long enough ${crypto.randomUUID()}`,
  }
  return { ...(await ask(url, signupQuery, { input })).signup, ...input }
}

/** So many different access tokens of one user: each refresh gives another. */
export const signetTokens = async (url, count = tokenCount) => {
  const { user, accessToken, refreshToken: first } = await signUp(url)
  const tokens = [accessToken]
  for (let refreshToken = first; tokens.length < count; ) {
    const { refresh } = await ask(url, refreshQuery, { input: { refreshToken } })
    refreshToken = refresh.refreshToken
    tokens.push(refresh.accessToken)
  }
  return { userId: user.id, tokens }
}

const peerTokens = ({ secret, userId }) =>
  Array.from({ length: tokenCount }, () =>
    jwt.sign(
      {
        iss: 'http://127.0.0.1:4000',
        aud: 'signet',
        sid: crypto.randomUUID(),
        jti: crypto.randomUUID(),
        client_id: 'signet',
        roles: [],
        rev: 0,
      },
      secret,
      { subject: userId, expiresIn: '1h' },
    ),
  )

const broken = token => token.slice(0, -6) + (token.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA')

/** Throws unless a contender answers `query` for its user, and refuses a token with a broken signature. */
export const prove = async ({ name, url, tokens, userId, request = post, names = 'userId' }, query) => {
  const good = await (await send(url, request(query, tokens[0]))).text()
  if (!good.includes(`"${names}":"${userId}"`)) throw new Error(`${name} answers ${good.slice(0, 300)}`)
  const refused = await (await send(url, request(query, broken(tokens[1])))).text()
  if (refused.includes(userId)) throw new Error(`${name} accepts a broken signature`)
}

/** The requests of a contender for an operation: its tokens in turn. */
export const requestsOf = ({ tokens, request = post }, query) => tokens.map(token => request(query, token))

const peer = (name, script, env = {}) => ({
  name,
  start: async bench => {
    const running = await startProcess(script, {
      BENCH_SECRET: bench.secret,
      DATABASE_URL: bench.databaseUrl,
      ...env,
    })
    const url = new URL('/graphql', running.url).href
    return { ...running, name, url, userId: bench.userId, tokens: peerTokens(bench) }
  },
})

const signet = (algorithm, env = {}, name = `Signet ${algorithm}`) => ({
  name,
  start: async bench => {
    const running = await startSignet(bench, { JWT_ALGORITHM: algorithm, ...env })
    return { ...running, name, ...(await signetTokens(running.url)) }
  },
})

/** Starts a Signet on the bench's database. */
export const startSignet = async (bench, env = {}) => {
  const running = await startProcess('../dist/main.js', {
    DATABASE_URL: bench.databaseUrl,
    SIGNET_SECRET: bench.secret,
    PORT: '0',
    LOG_LEVEL: 'error',
    ...env,
  })
  return { ...running, url: new URL('/graphql', running.url).href }
}

const betterAuth = {
  name: 'better-auth get-session',
  start: async bench => {
    const running = await startProcess('contenders/better-auth.js', {
      BENCH_SECRET: bench.secret,
      DATABASE_URL: bench.databaseUrl,
    })
    const base = new URL('/api/auth/', running.url)
    const account = {
      email: `${crypto.randomUUID()}@example.com`,
      password: crypto.randomUUID(),
      name: 'Ada',
    }
    const headers = { 'content-type': 'application/json', origin: base.origin }
    const open = async path => {
      const answer = await fetch(new URL(path, base), {
        method: 'POST',
        headers,
        body: JSON.stringify(account),
      })
      if (!answer.ok) throw new Error(`better-auth: ${answer.status} ${await answer.text()}`)
      return { cookie: answer.headers.getSetCookie()[0].split(';')[0], ...(await answer.json()) }
    }
    const { user } = await open('sign-up/email')
    const tokens = []
    while (tokens.length < tokenCount) tokens.push((await open('sign-in/email')).cookie)
    const request = (_, cookie) => ({ method: 'GET', path: '/api/auth/get-session', headers: { cookie } })
    return { ...running, name: betterAuth.name, userId: user.id, names: 'userId', tokens, request }
  },
}

/** Everybody, by what they are measured in. */
export const contenders = {
  bare: peer('bare node:http, HS256', 'contenders/bare.js'),
  naive: peer('naive (Apollo standalone, text secret)', 'contenders/apollo-standalone.js', { KEY: 'text' }),
  fair: peer('fair (Apollo standalone, KeyObject)', 'contenders/apollo-standalone.js', { KEY: 'object' }),
  apolloFastify: peer('Apollo on Fastify', 'contenders/apollo-fastify.js'),
  yoga: peer('Yoga, plugin-jwt', 'contenders/yoga.js'),
  mercurius: peer('mercurius, jit, @fastify/jwt', 'contenders/mercurius.js', { JWT: 'plugin' }),
  mercuriusPluginCache: peer(
    "mercurius, jit, @fastify/jwt with fast-jwt's cache",
    'contenders/mercurius.js',
    {
      JWT: 'plugin-cache',
    },
  ),
  mercuriusCache: peer('mercurius, jit, fast-jwt cache alone', 'contenders/mercurius.js', { JWT: 'cache' }),
  betterAuth,
  signetRs256: signet('RS256'),
  signetEs256: signet('ES256'),
  signetHs256: signet('HS256'),
  signetOneLane: signet('RS256', { SIGNET_FAST_LANE: 'off' }, 'Signet RS256, fast lane off'),
}
