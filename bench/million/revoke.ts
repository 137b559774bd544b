// Revoking one session, a user's sessions and everybody, on three instances that share the large database.
import type { Client } from 'pg'
import { ask, logIn, must, refresh, refuses } from './ask.js'
import type { Population } from './population.js'
import { password } from './population.js'
import type { Figure } from './statistics.js'
import { largest, percentile } from './statistics.js'

interface Needs {
  readonly client: Client
  readonly population: Population
  /** The addresses of the instances; what revokes is sent to the first. */
  readonly urls: readonly string[]
}

interface Revocation {
  readonly mutationMilliseconds: number
  /** From sending the mutation to the first refusal, on each instance. */
  readonly refusedMilliseconds: readonly number[]
  readonly records: number
}

const singles = { alone: 300, atOnce: 300, watched: 30, connections: 8 }
const times = { user: 10, everybody: 5 }
const sessionsOfUser = 20

const countRecords = async (client: Client): Promise<number> => {
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM revocations')
  return rows[0]?.count ?? 0
}

const logout = async (url: string, refreshToken: string): Promise<{ readonly milliseconds: number }> =>
  must(
    await ask(url, 'mutation L($input: LogoutInput) { logout(input: $input) { sessionsEnded } }', {
      input: { refreshToken },
    }),
  )

/** Revokes while every instance is asked, again and again, whether it refuses the token. */
const watch = async (
  { client, urls }: Needs,
  accessToken: string,
  revoke: (url: string) => Promise<{ readonly milliseconds: number }>,
): Promise<Revocation> => {
  const before = await countRecords(client)
  const startedAt = performance.now()
  const refused = urls.map(async url => {
    while (!(await refuses(url, accessToken))) {
      if (performance.now() - startedAt > 30_000)
        throw new Error('a revoked token is accepted for 30 seconds')
    }
    return performance.now() - startedAt
  })
  const [{ milliseconds }, ...refusedMilliseconds] = await Promise.all([revoke(urls[0] ?? ''), ...refused])
  return {
    mutationMilliseconds: milliseconds,
    refusedMilliseconds,
    records: (await countRecords(client)) - before,
  }
}

const figuresOf = (what: string, all: readonly Revocation[], aim: number): Figure[] => [
  {
    part: 'revoke',
    name: `${what}: longest mutation`,
    value: largest(all.map(({ mutationMilliseconds }) => mutationMilliseconds)),
    unit: 'ms',
  },
  {
    part: 'revoke',
    name: `${what}: records`,
    value: largest(all.map(({ records }) => records)),
    unit: '',
    aim: 1,
  },
  ...[0, 1, 2].map(
    (instance): Figure => ({
      part: 'revoke',
      name: `${what}: latest refusal, instance ${instance + 1}`,
      value: largest(all.map(({ refusedMilliseconds }) => refusedMilliseconds[instance] ?? Number.NaN)),
      unit: 'ms',
      aim,
    }),
  ),
]

/** Revokes single sessions: alone, eight at once, and with all instances watched. */
export const measureSingle = async (needs: Needs): Promise<Figure[]> => {
  const { population, urls } = needs
  const [url = ''] = urls
  // From the end of the population: the other parts refresh by chance, but not after this one.
  const refreshed = (index: number) =>
    refresh(url, population.firstRefreshToken(population.count - 1 - index))
  const tokens: string[] = []
  const count = Math.min(singles.alone + singles.atOnce + singles.watched, Math.floor(population.count / 2))
  for (let index = 0; tokens.length < count; index++) {
    // One that had been refreshed before is left out.
    const pair = await refreshed(index).catch(() => null)
    if (pair) tokens.push(pair.refreshToken)
  }
  const watched: Revocation[] = []
  for (const token of tokens.splice(0, singles.watched)) {
    const pair = await refresh(url, token)
    watched.push(await watch(needs, pair.accessToken, one => logout(one, pair.refreshToken)))
  }
  const alone: number[] = []
  for (const token of tokens.splice(0, singles.alone)) alone.push((await logout(url, token)).milliseconds)
  const atOnce: number[] = []
  const work = async (): Promise<void> => {
    for (let token = tokens.pop(); token; token = tokens.pop()) {
      atOnce.push((await logout(url, token)).milliseconds)
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: singles.connections }, work))
  const rate = (atOnce.length * 1000) / (performance.now() - startedAt)
  const line = (name: string, value: number, aim?: number): Figure => ({
    part: 'revoke',
    name,
    value,
    unit: 'ms',
    ...(aim !== undefined && { aim }),
  })
  return [
    line('one session, alone: p50', percentile(alone, 0.5)),
    line('one session, alone: p99', percentile(alone, 0.99), 100),
    line(`one session, ${singles.connections} at once: p50`, percentile(atOnce, 0.5)),
    line(`one session, ${singles.connections} at once: p99`, percentile(atOnce, 0.99)),
    { part: 'revoke', name: `one session, ${singles.connections} at once: rate`, value: rate, unit: '/s' },
    ...figuresOf('one session', watched, 1000),
  ]
}

const addSessions = (client: Client, userId: string): Promise<unknown> =>
  client.query(
    `INSERT INTO sessions (id, user_id, delivery, created_at, expires_at, rotated_at, secret_hash)
     SELECT gen_random_uuid(), $1, 'BODY', now(), now() + interval '30 days', now(), sha256(gen_random_uuid()::text::bytea)
     FROM generate_series(1, $2::int)`,
    [userId, sessionsOfUser - 1],
  )

/** Revokes all sessions of one user, some times over. */
export const measureUser = async (needs: Needs): Promise<Figure[]> => {
  const { client, population, urls } = needs
  const [url = ''] = urls
  const { accessToken: admin } = await logIn(url, population.email(0), password)
  const query =
    'mutation R($input: RevokeUserSessionsInput!) { revokeUserSessions(input: $input) { sessionsEnded } }'
  const all: Revocation[] = []
  for (let index = 1; index <= times.user; index++) {
    await addSessions(client, population.userId(index))
    const { accessToken } = await logIn(url, population.email(index), password)
    const input = { userId: population.userId(index) }
    all.push(await watch(needs, accessToken, async one => must(await ask(one, query, { input }, admin))))
  }
  return figuresOf(`a user's ${sessionsOfUser + 1} sessions`, all, 1000)
}

/** Revokes everybody, some times over. */
export const measureEverybody = async (needs: Needs): Promise<Figure[]> => {
  const { population, urls } = needs
  const [url = ''] = urls
  const all: Revocation[] = []
  for (let index = 1; index <= times.everybody; index++) {
    const { accessToken: admin } = await logIn(url, population.email(0), password)
    const { accessToken } = await logIn(url, population.email(index), password)
    const query = 'mutation { revokeEverything { revokedAt } }'
    all.push(await watch(needs, accessToken, async one => must(await ask(one, query, {}, admin))))
  }
  return figuresOf('everybody', all, 1000)
}
