// Followers of the revocation feed, and causes for it.
import { randomBytes } from 'node:crypto'
import { expect } from '@jest/globals'
import { createClient } from '../../src/clients/create.js'
import { openDatabase } from '../../src/engines/database.js'
import { createLog } from '../../src/lib/log.js'
import { readEvents } from '../../src/verify/events.js'
import { ask, bearer } from './ask.js'
import { eventually } from './eventually.js'
import { spawnSignet } from './process.js'
import { keepSecrets } from './run-log.js'
import type { World } from './world.js'

/** Runs `signet clients …` on a world's database; gives what it printed. */
export const runClients = async (world: World, ...args: string[]): Promise<string> => {
  const signet = spawnSignet({ DATABASE_URL: world.databaseUrl }, ['clients', ...args])
  expect([await signet.exited, signet.output().stderr]).toEqual([0, ''])
  return signet.output().stdout.trim()
}

/** A new credential, which the world's instance knows; as the command makes it, without a process of its own. */
export const createCredential = async (world: World, name = 'billing'): Promise<string> => {
  const db = openDatabase({ log: createLog('silent') }, { connectionString: world.databaseUrl })
  const credential = await createClient({ db, clock: () => new Date() }, name).finally(() => db.close())
  keepSecrets(randomBytes(8).toString('hex'), new Set([credential]))
  await eventually(async () => expect((await getFeed(world.url, credential)).status).toBe(200))
  return credential
}

/** Asks for the feed. */
export const getFeed = (
  url: string,
  credential: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${url}/revocations${query}`, { headers: { authorization: `Bearer ${credential}`, ...headers } })

export interface FeedEvent {
  readonly event: string
  readonly data: Record<string, unknown>
}

export interface Listening {
  readonly events: FeedEvent[]
  /** The records that came. */
  records(): Record<string, unknown>[]
  /** Resolves when the stream has ended in order, rejects when it broke. */
  readonly ended: Promise<void>
  /** Waits for an event, among those that came or will come from a place on. */
  next(event: string, from?: number): Promise<FeedEvent>
  close(): void
}

/** Opens a stream and keeps what comes. */
export const listenToFeed = async (
  url: string,
  credential: string,
  headers: Record<string, string> = {},
): Promise<Listening> => {
  const closing = new AbortController()
  const response = await fetch(`${url}/revocations`, {
    headers: { authorization: `Bearer ${credential}`, accept: 'text/event-stream', ...headers },
    signal: closing.signal,
  })
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ])
  const events: FeedEvent[] = []
  const ended = (async () => {
    if (!response.body) throw new Error('a stream without a body')
    for await (const { event, data } of readEvents(response.body, () => {})) {
      events.push({ event, data: JSON.parse(data) })
    }
  })()
  ended.catch(() => {})
  return {
    events,
    records: () => events.filter(({ event }) => event === 'message').map(({ data }) => data),
    ended,
    next: (event, from = 0) =>
      eventually(() => {
        const found = events.slice(from).find(one => one.event === event)
        if (!found) throw new Error(`no ${event} came`)
        return found
      }),
    close: () => closing.abort(),
  }
}

/** Makes somebody an administrator, and gives a function that runs operations as such. */
export const createAdmin = async (world: World) => {
  const admin = await world.signUp()
  await world.pool.query("UPDATE users SET roles = '{admin}' WHERE id = $1", [admin.user.id])
  let { accessToken } = await world.logIn(admin)
  return async (query: string, variables: object = {}): Promise<void> => {
    const { body } = await ask(world.url, { query, variables, headers: bearer(accessToken) })
    expect(body.errors).toBeUndefined()
    if (query.includes('revokeEverything')) accessToken = (await world.logIn(admin)).accessToken
  }
}

export const disable = 'mutation ($input: DisableUserInput!) { disableUser(input: $input) { user { id } } }'
export const setRoles =
  'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { user { id } } }'
export const revokeToken =
  'mutation ($input: RevokeAccessTokenInput!) { revokeAccessToken(input: $input) { tokenId } }'
export const revokeEverything = 'mutation { revokeEverything { revokedAt } }'
