// Somebody can always administer: the last administrator who can sign in stays one.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  DeleteUserDocument,
  DisableUserDocument,
  SetUserRolesDocument,
  UserDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import type { Admin } from '../support/admin.js'
import { signUpAdmin } from '../support/admin.js'
import type { Answer, World } from '../support/world.js'
import { createWorld } from '../support/world.js'

type Act = (by: Admin, userId: string) => Promise<Answer<unknown>>

const world: World = await createWorld()
afterAll(() => world.close())

const disable: Act = ({ accessToken: token }, userId) =>
  world.run(DisableUserDocument, { input: { userId } }, { token })
const remove: Act = ({ accessToken: token }, userId) =>
  world.run(DeleteUserDocument, { input: { userId } }, { token })
const demote: Act = ({ accessToken: token }, userId) =>
  world.run(SetUserRolesDocument, { input: { userId, roles: ['editor'] } }, { token })

const acts: readonly (readonly [string, Act])[] = [
  ['disabled', disable],
  ['deleted', remove],
  ['stripped of the role', demote],
]

const lastAdmin = { code: 'FORBIDDEN', reason: 'LAST_ADMIN' }

const countAdmins = async (): Promise<number> =>
  Number(
    (
      await world.pool.query(
        `SELECT count(*) FROM users WHERE roles @> ARRAY['admin'] AND disabled_at IS NULL`,
      )
    ).rows[0].count,
  )

let admin: Admin
beforeEach(async () => {
  await world.pool.query(`UPDATE users SET roles = '{}'`)
  admin = await signUpAdmin(world)
})

describe.each(acts)('the last administrator cannot be %s', (_, act) => {
  const expectKept = async (): Promise<void> => {
    expect(await countAdmins()).toBe(1)
    expect((await world.run(ViewerDocument, {}, { token: admin.accessToken })).data.viewer?.roles).toEqual([
      'admin',
    ])
  }

  test('where nobody else is one', async () => {
    await world.signUp()
    expect((await act(admin, admin.user.id)).error.extensions).toEqual(lastAdmin)
    await expectKept()
  })

  test('by another spelling of the id', async () => {
    const answer = await act(admin, admin.user.id.toUpperCase())
    expect(answer.error.extensions).toEqual({ code: 'NOT_FOUND' })
    await expectKept()
  })

  test('where all other administrators are disabled, until one is enabled or made', async () => {
    const other = await signUpAdmin(world)
    await disable(admin, other.user.id)
    expect((await act(admin, admin.user.id)).error.extensions).toEqual(lastAdmin)
    await expectKept()
    await signUpAdmin(world)
    expect((await act(admin, admin.user.id)).body.errors).toBeUndefined()
    expect(await countAdmins()).toBe(1)
  })
})

test('a disabled administrator, and every one but the last, can be disabled, stripped and deleted', async () => {
  for (const [, act] of acts) {
    const other = await signUpAdmin(world)
    expect((await act(admin, other.user.id)).body.errors).toBeUndefined()
    const banned = await signUpAdmin(world)
    await disable(admin, banned.user.id)
    expect((await act(admin, banned.user.id)).body.errors).toBeUndefined()
  }
  expect(await countAdmins()).toBe(1)
})

test('roles that keep `admin` can be given to the last administrator', async () => {
  const given = { userId: admin.user.id, roles: ['admin', 'editor'] }
  await world.run(SetUserRolesDocument, { input: given }, { token: admin.accessToken })
  const { accessToken } = (await world.refresh(admin.refreshToken)).data.refresh
  const { user } = (await world.run(UserDocument, { id: admin.user.id }, { token: accessToken })).data
  expect(user?.roles).toEqual(['admin', 'editor'])
})

describe('of administrators who act at the same moment', () => {
  /** Nobody may fail for another reason than these. */
  const meant = (answers: readonly Answer<unknown>[]): void => {
    for (const { body } of answers) {
      const { code, reason } = body.errors?.[0]?.extensions ?? {}
      expect([undefined, 'LAST_ADMIN', 'REVOKED', 'STALE', 'NOT_FOUND']).toContain(reason ?? code)
    }
  }

  test('on each other, one is left', async () => {
    for (let round = 0; round < 20; round++) {
      const other = await signUpAdmin(world)
      const [, first = disable] = acts[round % 3] ?? []
      const [, second = disable] = acts[Math.floor(round / 3) % 3] ?? []
      const answers = await Promise.all([first(admin, other.user.id), second(other, admin.user.id)])
      meant(answers)
      expect([round, await countAdmins()]).toEqual([round, 1])
      if (answers[1]?.body.errors === undefined) admin = other
    }
  })

  test('on themselves, one of three is left', async () => {
    for (let round = 0; round < 5; round++) {
      const all = [admin, await signUpAdmin(world), await signUpAdmin(world)]
      const answers = await Promise.all(
        all.map((one, index) => (acts[(round + index) % 3]?.[1] ?? disable)(one, one.user.id)),
      )
      meant(answers)
      expect(await countAdmins()).toBe(1)
      admin = all[answers.findIndex(({ body }) => body.errors)] ?? admin
    }
  })
})
