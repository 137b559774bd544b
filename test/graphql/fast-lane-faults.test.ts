// Where something goes wrong behind a resolver, or a client goes away, the two lanes do and count the same.
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { claimsOf } from '../support/forge.js'
import { comparable, logged, openLanes, post } from '../support/lanes.js'
import { head } from '../support/raw-request.js'
import type { World } from '../support/world.js'

let lanes: Awaited<ReturnType<typeof openLanes>>
let token: string
beforeAll(async () => {
  lanes = await openLanes()
  token = (await lanes.fast.signUp()).accessToken
})
afterAll(() => lanes.close())

const bearer = () => ({ Authorization: `Bearer ${token}` })

/** Makes a query known to the fast lane, then asks both; gives the answer they agree on. */
const askBoth = async (query: string, whileAsked: (work: () => Promise<void>) => Promise<void>) => {
  const request = { body: { query }, headers: bearer() }
  await post(lanes.fast, request)
  const answers: { answer: ReturnType<typeof comparable>; log: string[] }[] = []
  const [, byApollo] = await lanes.countApollo(() =>
    whileAsked(async () => {
      for (const world of [lanes.fast, lanes.apollo]) {
        const answer = await post(world, request)
        answers.push({ answer: comparable(answer), log: logged(world, answer) })
      }
    }),
  )
  expect(byApollo).toBe(1)
  expect(answers[0]).toEqual(answers[1])
  return answers[0]
}

const withoutTable = (table: string) => async (work: () => Promise<void>) => {
  await lanes.fast.pool.query(`ALTER TABLE ${table} RENAME TO gone`)
  await work().finally(() => lanes.fast.pool.query(`ALTER TABLE gone RENAME TO ${table}`))
}

test('a field that may be null and fails is null beside the others, with one masked error and one line in the log', async () => {
  // One that fails: of several, what is told first is what the database answers first.
  const result = await askBoth('{ a: viewer { roles } me { id } b: viewer { roles } }', withoutTable('users'))
  expect(result?.answer.status).toBe(200)
  expect(result?.answer.body).toContain('"code":"INTERNAL_SERVER_ERROR","requestId":"<id>"')
  expect(result?.answer.body).toContain('"data":{"a":{"roles":[]},"me":null,"b":{"roles":[]}}')
  expect(result?.log).toHaveLength(1)
})

test('of fields that fail together each is told and logged', async () => {
  const request = { body: { query: '{ me { id } b: me { email } }' }, headers: bearer() }
  await post(lanes.fast, request)
  const told: object[] = []
  await withoutTable('users')(async () => {
    for (const world of [lanes.fast, lanes.apollo]) {
      const answer = await post(world, request)
      const { data, errors } = JSON.parse(comparable(answer).body)
      // In the order in which the database answers, which is not always the same.
      const sorted = errors.map((error: object) => JSON.stringify(error)).sort()
      told.push({ data, errors: sorted, log: logged(world, answer).sort() })
    }
  })
  expect(told[0]).toEqual(told[1])
  expect(told[0]).toMatchObject({
    data: { me: null, b: null },
    errors: [expect.stringContaining('"path":["b"]'), expect.stringContaining('"path":["me"]')],
    log: [expect.any(String), expect.any(String)],
  })
})

test('a field that may not be null and fails leaves no data', async () => {
  const result = await askBoth('{ sessions { id } viewer { roles } }', withoutTable('sessions'))
  expect(result?.answer.body).toMatch(/"data":null\}\n$/)
})

test('a user who is gone is null and no error', async () => {
  const result = await askBoth('{ me { id } }', async work => {
    await lanes.fast.pool.query('DELETE FROM users WHERE id = $1', [claimsOf(token).sub])
    await work()
  })
  expect(result?.answer.body).toBe('{"data":{"me":null}}\n')
})

const countVerifications = async ({ url }: World, metricsToken: string): Promise<string[]> => {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } })
  return (await answer.text())
    .split('\n')
    .filter(line => line.startsWith('signet_token_verify_seconds_count'))
}

test('each request is counted once, whichever lane it goes', async () => {
  token = (await lanes.fast.signUp()).accessToken
  const counts = []
  for (const world of [lanes.fast, lanes.apollo]) {
    const before = await countVerifications(world, lanes.metricsToken)
    for (let turn = 0; turn < 3; turn++) {
      for (const given of [token, 'nonsense']) {
        await post(world, {
          body: { query: '{ viewer { tokenId } }' },
          headers: { Authorization: `Bearer ${given}` },
        })
      }
      await post(world, { body: { query: '{ viewer { tokenId } }' } })
    }
    const after = await countVerifications(world, lanes.metricsToken)
    counts.push(
      after.map((line, place) => Number(line.split(' ').at(-1)) - Number(before[place]?.split(' ').at(-1))),
    )
  }
  expect(counts[0]).toEqual(counts[1])
  expect(counts[0]?.reduce((sum, count) => sum + count)).toBe(6)
})

test.each(['in the middle of its body', 'before its answer'])(
  'a client that goes away %s harms nobody',
  async when => {
    const body = JSON.stringify({ query: '{ viewer { tokenId } }' })
    const sent = when === 'before its answer' ? body : body.slice(0, 10)
    for (const world of [lanes.fast, lanes.apollo]) {
      await post(world, { body })
      const { hostname, port } = new URL(world.url)
      const length = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }
      await new Promise<void>(resolve => {
        const socket = connect({ host: hostname, port: Number(port) }, () =>
          socket.write(`${head('POST /graphql', length)}${sent}`, () => socket.destroy()),
        )
        socket.on('close', () => resolve())
      })
      await eventually(async () => expect((await post(world, { body })).status).toBe(200))
      expect(
        logged(world, { status: 0, headers: { 'x-request-id': 'fault at the HTTP edge' }, body: '' }),
      ).toEqual([])
    }
  },
)
