import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LogoutDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import {
  createAdmin,
  createCredential,
  disable,
  getFeed,
  listenToFeed,
  revokeEverything,
  revokeToken,
  runClients,
  setRoles,
} from '../support/feed.js'
import { claimsOf } from '../support/forge.js'
import { readKids } from '../support/jwks.js'
import { createProxy } from '../support/proxy.js'
import { head } from '../support/raw-request.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
let credential: string
beforeAll(async () => {
  world = await createWorld()
  credential = await createCredential(world)
})
afterAll(() => world.close())

interface Page {
  readonly newest: number
  readonly startAnew: boolean
  readonly more: boolean
  readonly records: { readonly number: number; readonly subject: string | null }[]
  readonly kids: object | null
}

const pageOf = async (query = ''): Promise<Page> => {
  const answer = await getFeed(world.url, credential, query)
  return (await answer.json()) as Page
}

const logOut = async (): Promise<string> => {
  const user = await world.signUp()
  await world.run(LogoutDocument, {}, { token: user.accessToken })
  return user.session.id
}

/** Writes many records at once, as the database would after that many causes. */
const writeMany = (of: World, count: number) =>
  of.pool.query(
    `WITH head AS (UPDATE revocation_feed SET last_number = last_number + $1 RETURNING last_number - $1 AS last),
      made AS (INSERT INTO revocations
        SELECT last + n, 'TOKEN', gen_random_uuid(), 'ADMIN', now(), now() + interval '10 minutes'
        FROM head, generate_series(1, $1::int) AS n RETURNING number)
    SELECT count(*) FROM made, (SELECT pg_notify('signet_revocations', '')) AS told`,
    [count],
  )

describe('the revocation feed', () => {
  test('tells of every kind, as it happens and in pages, and nothing personal', async () => {
    const listening = await listenToFeed(world.url, credential)
    await listening.next('heartbeat')
    const admin = await createAdmin(world)
    const [single, other, banned] = await Promise.all([world.signUp(), world.signUp(), world.signUp()])
    const sessionId = await logOut()
    const { jti } = claimsOf(single.accessToken)
    await admin(revokeToken, { input: { tokenId: jti } })
    await admin(setRoles, { input: { userId: other.user.id, roles: ['editor'] } })
    await admin(disable, { input: { userId: banned.user.id } })
    await admin(revokeEverything)

    const expected = [
      { kind: 'SESSION', subject: sessionId, reason: 'LOGOUT' },
      { kind: 'TOKEN', subject: jti, reason: 'ADMIN' },
      { kind: 'USER', subject: other.user.id, reason: 'STALE' },
      { kind: 'USER', subject: banned.user.id, reason: 'DISABLED' },
      { kind: 'EVERYBODY', subject: null, reason: 'ADMIN' },
    ].map(record => ({
      ...record,
      number: expect.any(Number),
      revokedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    }))
    await eventually(() => expect(listening.records()).toEqual(expect.arrayContaining(expected)))
    const page = await pageOf()
    expect(page).toEqual({
      newest: page.records.at(-1)?.number,
      startAnew: false,
      more: false,
      records: expect.arrayContaining(expected),
      kids: { accepted: expect.arrayContaining(await readKids(world)), shown: await readKids(world) },
      accessTokenSeconds: 900,
    })
    expect((await listening.next('heartbeat')).data.kids).toEqual(page.kids)
    for (const record of page.records) {
      expect(Object.keys(record)).toEqual(['number', 'kind', 'subject', 'reason', 'revokedAt', 'expiresAt'])
    }
    expect(JSON.stringify([page, listening.events])).not.toContain('@')
    listening.close()
  })

  test('goes on after any number, in a stream and in pages of any size', async () => {
    const { newest } = await pageOf()
    const ids = [await logOut(), await logOut(), await logOut()]
    const whole = await pageOf(`?after=${newest}`)
    expect(whole.records.map(({ subject }) => subject)).toEqual(ids)
    const first = await pageOf(`?after=${newest}&limit=2`)
    expect([first.more, first.records]).toEqual([true, whole.records.slice(0, 2)])
    const rest = await pageOf(`?after=${first.records[1]?.number}&limit=2`)
    expect([rest.more, rest.records]).toEqual([false, whole.records.slice(2)])

    const stream = await listenToFeed(world.url, credential, { 'last-event-id': `${newest}` })
    await stream.next('heartbeat')
    expect(stream.records()).toEqual(expect.arrayContaining(whole.records))
    stream.close()
  })

  test('tells a follower that knows more than a restored database to start anew', async () => {
    const { newest, records } = await pageOf()
    const page = await pageOf(`?after=${newest + 1}`)
    expect(page).toEqual({
      newest,
      startAnew: true,
      more: false,
      records,
      kids: expect.any(Object),
      accessTokenSeconds: 900,
    })
    const stream = await listenToFeed(world.url, credential, { 'last-event-id': `${newest + 1}` })
    await stream.next('heartbeat')
    expect(stream.events.map(({ event }) => event).slice(0, 3)).toEqual(['hello', 'start-anew', 'message'])
    expect(stream.records()).toEqual(records)
    stream.close()
  })

  test.each(['-1', '1.5', '1e3', '0x10', 'abc', 'NaN', '', ' 1', '99999999999999999999', '9007199254740993'])(
    'refuses the position %p',
    async position => {
      const bad = { status: 400, message: expect.stringContaining('whole number from 0 up') }
      const asPage = await getFeed(world.url, credential, `?after=${encodeURIComponent(position)}`)
      const stream = { accept: 'text/event-stream' }
      const asStream = await getFeed(world.url, credential, `?after=${encodeURIComponent(position)}`, stream)
      for (const answer of [asPage, asStream]) {
        const { errors } = (await answer.json()) as { errors: [{ message: string }] }
        expect({ status: answer.status, message: errors[0].message }).toEqual(bad)
      }
      const byHeader = await getFeed(world.url, credential, '', { 'last-event-id': position, ...stream })
      // A header's own blanks are none of its value.
      expect(byHeader.status).toBe(position === ' 1' ? 200 : 400)
      await byHeader.body?.cancel()
    },
  )

  test.each(['?limit=0', '?limit=5001', '?limit=x', '?after=1&after=2', '?limit=1&limit=2'])(
    'refuses %s',
    async query => {
      expect((await getFeed(world.url, credential, query)).status).toBe(400)
    },
  )

  test.each<readonly [accept: string, type: 'text/event-stream' | 'application/json']>([
    ['text/event-stream', 'text/event-stream'],
    ['Text/Event-Stream', 'text/event-stream'],
    ['text/event-stream, */*', 'text/event-stream'],
    ['application/json;q=0.5, text/event-stream', 'text/event-stream'],
    ['*/*', 'application/json'],
    ['application/json, text/event-stream;q=0.5', 'application/json'],
    ['text/event-stream;q=0, application/json', 'application/json'],
    ['text/html', 'application/json'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const { headers, body } = await getFeed(world.url, credential, '', { accept })
    expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    await body?.cancel()
  })

  test('can only be read', async () => {
    const authorization = `Bearer ${credential}`
    const post = await world.send('/revocations', { method: 'POST', headers: { authorization } })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    const asked = await world.send('/revocations', {
      method: 'HEAD',
      headers: { authorization, accept: 'text/event-stream' },
    })
    expect([asked.status, await asked.text()]).toEqual([200, ''])
  })
})

describe('a credential', () => {
  const changed = (): string => credential.slice(0, -1) + (credential.endsWith('A') ? 'B' : 'A')
  test.each<readonly [string, () => string | undefined]>([
    ['none', () => undefined],
    ['of another scheme', () => `Basic ${Buffer.from('billing:x').toString('base64')}`],
    ['that is no credential', () => 'Bearer x'],
    ['with another secret', () => `Bearer ${changed()}`],
    ['of a client that there is not', () => `Bearer signet_feed_${'A'.repeat(64)}`],
    ['cut short', () => `Bearer ${credential.slice(0, -4)}`],
    ['without its prefix', () => `Bearer ${credential.slice('signet_feed_'.length)}`],
    ['in another case of letters', () => `Bearer ${credential.toUpperCase()}`],
    ['twice', () => `Bearer ${credential}, Bearer ${credential}`],
  ])('%s opens nothing', async (_, header) => {
    const authorization = header()
    for (const accept of ['application/json', 'text/event-stream']) {
      const answer = await world.send('/revocations?after=zero', {
        headers: { accept, ...(authorization && { authorization }) },
      })
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        401,
        authorization ? 'Bearer error="invalid_token"' : 'Bearer',
      ])
      expect(await answer.json()).toEqual({
        errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
      })
    }
  })

  test('is none for GraphQL, and an access token is none for the feed', async () => {
    const { accessToken } = await world.signUp()
    expect((await getFeed(world.url, accessToken)).status).toBe(401)
    const answer = await world.send('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { userId } }' }),
    })
    expect(answer.status).toBe(401)
  })

  test('that is revoked ends its streams and opens nothing any more; others go on', async () => {
    const stolen = await createCredential(world, 'stolen')
    const [ending, going] = await Promise.all([
      listenToFeed(world.url, stolen),
      listenToFeed(world.url, credential),
    ])
    const id = /^(\S+) .* stolen$/m.exec(await runClients(world, 'list'))?.[1] ?? ''
    await runClients(world, 'revoke', id)
    await ending.ended
    expect((await getFeed(world.url, stolen)).status).toBe(401)
    await going.next('heartbeat', going.events.length)
    going.close()
  })

  test('has at most a hundred streams', async () => {
    const own = await createCredential(world, 'many')
    const streams = await Promise.all(Array.from({ length: 100 }, () => listenToFeed(world.url, own)))
    const tooMany = await getFeed(world.url, own, '', { accept: 'text/event-stream' })
    expect([tooMany.status, tooMany.headers.get('retry-after')]).toEqual([429, '10'])
    expect(await tooMany.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect((await getFeed(world.url, own)).status).toBe(200)
    for (const stream of streams) stream.close()
    await eventually(async () => (await listenToFeed(world.url, own)).close())
  })
})

test('a follower that does not read is cut off; one that reads gets everything', async () => {
  const listening = await listenToFeed(world.url, credential)
  await listening.next('heartbeat')
  const { hostname, port } = new URL(world.url)
  const lazy = connect({ host: hostname, port: Number(port) })
  const end = new Promise<void>(resolve => lazy.once('close', () => resolve()))
  lazy.on('error', () => {})
  lazy.write(head('GET /revocations', { Authorization: `Bearer ${credential}`, Accept: 'text/event-stream' }))
  await new Promise(resolve => lazy.once('readable', resolve))
  let read = 0
  // In pieces, each less than a stream may hold back: one that reads is never cut off, however slow the machine.
  const { newest } = await pageOf()
  for (let written = 10_000; written <= 100_000; written += 10_000) {
    await writeMany(world, 10_000)
    const newestHeard = () => listening.events.findLast(({ event }) => event === 'message')?.data.number
    await eventually(() => expect(newestHeard()).toBe(newest + written))
  }
  lazy.on('data', chunk => {
    read += chunk.toString('latin1').match(/^id: /gm)?.length ?? 0
  })
  await end
  expect(read).toBeLessThan(100_000)
  listening.close()
})

test('a stop ends the streams in order and does not wait for them', async () => {
  const own = await createWorld()
  const listening = await listenToFeed(own.url, await createCredential(own))
  await listening.next('heartbeat')
  await own.close()
  await listening.ended
})

test('while the database is away there is no heartbeat and no new stream; afterwards what was missed', async () => {
  const database = await createTestDatabase()
  const proxy = await createProxy(database.url)
  const own = await createWorld({ databaseUrl: proxy.url })
  try {
    const ownCredential = await createCredential(own)
    const listening = await listenToFeed(own.url, ownCredential)
    await listening.next('heartbeat')
    proxy.cut()
    await eventually(async () => expect((await own.send('/health/ready')).status).toBe(503))
    const before = listening.events.length
    const refused = await getFeed(own.url, ownCredential, '', { accept: 'text/event-stream' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2'])
    // Longer than from one heartbeat to the next.
    await sleep(2_500)
    expect(listening.events.slice(before)).toEqual([])

    proxy.heal()
    await eventually(async () => expect((await own.send('/health/ready')).status).toBe(200))
    await own.pool.query(
      "SELECT record_revocations('EVERYBODY', ARRAY[NULL::uuid], 'ADMIN', now(), now() + interval '1 hour')",
    )
    await listening.next('message', before)
    await listening.next('heartbeat', before)
    listening.close()
  } finally {
    proxy.heal()
    await own.close()
    await proxy.close()
    await database.drop()
  }
})
