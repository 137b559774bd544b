// A refresh that was on its way while its session was refreshed twice: a copy that the network or the database held up.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { untilBlocked } from '../support/blocked.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const stateOf = async (sessionId: string) =>
  (
    await world.pool.query(
      'SELECT generation, secret_hash, attempt_hash, rotated_at, ended_at FROM sessions WHERE id = $1',
      [sessionId],
    )
  ).rows[0]

test('ends no session, for it came in time; one that comes afterwards does', async () => {
  const { refreshToken: first, session } = await world.signUp()
  const before = await stateOf(session.id)
  const second = (await world.refresh(first, 'one')).data.refresh.refreshToken
  const third = (await world.refresh(second, 'two')).data.refresh.refreshToken
  const after = await stateOf(session.id)
  // Once more: the row as it was, held, the copy waiting for it, and then the row as it is.
  const client = await world.pool.connect()
  const set = ({ generation, secret_hash, attempt_hash, rotated_at }: typeof before) =>
    client.query(
      'UPDATE sessions SET generation = $2, secret_hash = $3, attempt_hash = $4, rotated_at = $5 WHERE id = $1',
      [session.id, generation, secret_hash, attempt_hash, rotated_at],
    )
  await set(before)
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE', [session.id])
  const copy = world.refresh(first, 'one')
  await untilBlocked(world.pool)
  await set({ ...after, rotated_at: new Date() })
  await client.query('COMMIT')
  client.release()
  expect((await copy).error.extensions.code).toBe('UNAVAILABLE')
  expect((await stateOf(session.id)).ended_at).toBeNull()
  const fourth = (await world.refresh(third, 'three')).data.refresh.refreshToken
  expect((await world.refresh(first, 'one')).error.extensions.code).toBe('REFRESH_TOKEN_REUSED')
  expect((await world.refresh(fourth, 'four')).error.extensions.reason).toBe('ENDED')
})
