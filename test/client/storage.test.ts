import { describe, expect, test } from '@jest/globals'
import type { SignetStorage } from '../../src/client/index.js'
import { createMemoryStorage, isSignetError } from '../../src/client/index.js'
import { LogoutEverywhereDocument } from '../generated/graphql.js'
import type { Tab } from '../support/browser.js'
import { untilStatus } from '../support/browser.js'
import { eventually } from '../support/eventually.js'
import { askMe, lifetimeSeconds, openSetting, sessionOf } from '../support/setting.js'

const setting = openSetting()

type Call = keyof SignetStorage
const broken = new Error('the safe is locked')

/** A storage, and what befalls calls of it from now on. */
const createFaulty = () => {
  const storage = createMemoryStorage()
  const faults = new Map<Call, 'throws' | 'rejects' | 'hangs'>()
  const hung: Call[] = []
  const through = <T>(call: Call, work: () => T | Promise<T>): T | Promise<T> => {
    const fault = faults.get(call)
    if (fault === 'throws') throw broken
    if (fault === 'rejects') return Promise.reject(broken)
    if (fault === 'hangs') hung.push(call)
    return fault ? new Promise<T>(() => {}) : work()
  }
  const faulty: SignetStorage = {
    get: key => through('get', () => storage.get(key)),
    set: (key, value) => through('set', () => storage.set(key, value)),
    remove: key => through('remove', () => storage.remove(key)),
  }
  return { storage: faulty, faults, hung }
}

/** An app in body delivery, signed in, whose storage can be broken. */
const signedIn = async () => {
  const browser = setting.open()
  const { storage, faults, hung } = createFaulty()
  const reasons: unknown[] = []
  const open = (): Tab =>
    browser.openTab({ delivery: 'body', storage, onSignedOut: reason => reasons.push(reason) })
  const account = await setting.world.signUp()
  const tab = open()
  await tab.signet.login({ email: account.email, password: account.password })
  return { browser, tab, open, account, faults, hung, reasons, sessionId: await sessionOf(tab) }
}

const endOf = async (sessionId: string): Promise<string | null> =>
  (await setting.world.pool.query('SELECT end_reason FROM sessions WHERE id = $1', [sessionId])).rows[0]
    .end_reason

const liveSessionsOf = async (userId: string): Promise<string[]> => {
  const { rows } = await setting.world.pool.query<{ id: string }>(
    "SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND user_agent = 'node'",
    [userId],
  )
  return rows.map(({ id }) => id)
}

/** Lets time go by until something has come. */
const passUntil = (tab: Tab, come: () => unknown): Promise<void> =>
  eventually(async () => {
    tab.passTime(1)
    await come()
  })

describe('an app’s storage that cannot keep a new refresh token', () => {
  test.each(['throws', 'rejects', 'hangs'] as const)(
    'and %s: the log-in says so, and leaves no session behind',
    async how => {
      const { browser, tab, faults, hung, reasons, account, sessionId } = await signedIn()
      const bob = await setting.world.signUp()
      const before = await liveSessionsOf(bob.user.id)
      faults.set('set', how)
      const login = tab.signet.login({ email: bob.email, password: bob.password }).catch(error => error)
      if (how === 'hangs') {
        // Not before: a log-in is given up too if it goes unanswered for long.
        await eventually(() => expect(hung).toEqual(['set']))
        tab.passTime(6)
      }
      await eventually(() => expect(browser.countOf('SignetLogout')).toBe(1))
      const error = await login
      if (!isSignetError(error, 'STORAGE_FAILED')) throw error
      if (how !== 'hangs') expect(error.cause).toBe(broken)
      expect(error.message).toContain('storage')
      expect(await liveSessionsOf(bob.user.id)).toEqual(before)
      // Whoever was signed in still is.
      expect(tab.signet.session()).toMatchObject({ status: 'signedIn', user: { id: account.user.id } })
      expect([await endOf(sessionId), reasons]).toEqual([null, []])
      faults.clear()
      await tab.signet.login({ email: bob.email, password: bob.password })
      expect((await askMe(tab)).data?.me?.id).toBe(bob.user.id)
    },
  )
})

describe('an app’s storage that fails while somebody is signed in', () => {
  test.each([['get'], ['set']] as const)(
    'at %s costs nobody the session: it is refreshed when the storage is back',
    async call => {
      const { tab, account, faults, reasons } = await signedIn()
      faults.set(call, 'rejects')
      tab.passTime(lifetimeSeconds)
      const asked = expect(askMe(tab)).rejects.toMatchObject({ signet: { code: 'STORAGE_FAILED' } })
      await eventually(() => expect(tab.signet.session().retrying).toBe(true))
      tab.passTime(31)
      await asked
      expect(tab.signet.session()).toMatchObject({ status: 'signedIn', retrying: true })
      faults.clear()
      await passUntil(tab, () => expect(tab.signet.session().retrying).toBe(false))
      expect((await askMe(tab)).data?.me?.id).toBe(account.user.id)
      expect(reasons).toEqual([])
    },
  )

  test('at the start leaves it open who is signed in, also where it never answers', async () => {
    const { tab, open, faults, account } = await signedIn()
    tab.close()
    faults.set('get', 'hangs')
    const next = open()
    next.signet.subscribe(() => {})
    await passUntil(next, () => expect(next.signet.session().retrying).toBe(true))
    expect(next.signet.session().status).toBe('loading')
    faults.clear()
    await passUntil(next, () => expect(next.signet.session().user?.id).toBe(account.user.id))
  })

  test('does not hide that the session has ended', async () => {
    const { tab, faults, account } = await signedIn()
    const { accessToken } = account
    faults.set('remove', 'throws')
    await setting.world.run(LogoutEverywhereDocument, {}, { token: accessToken })
    tab.passTime(lifetimeSeconds)
    await untilStatus(tab.signet, 'signedOut')
    expect(tab.signet.session().reason).toMatchObject({ reason: 'ENDED' })
  })
})

describe('signing out with a storage that fails', () => {
  test.each(['get', 'set', 'remove'] as const)(
    'at %s ends the session at the server, by its access token where there is nothing else',
    async call => {
      const { tab, open, faults, reasons, sessionId } = await signedIn()
      faults.set(call, 'rejects')
      await tab.signet.logout()
      expect(await endOf(sessionId)).toBe('LOGOUT')
      expect(reasons).toEqual([{ code: 'LOGOUT' }])
      tab.close()
      faults.clear()
      const next = open()
      await untilStatus(next.signet, 'signedOut')
    },
  )

  test('and an access token that has expired says so, and the next start tells the server', async () => {
    const { browser, tab, open, faults, sessionId } = await signedIn()
    setting.world.advance(lifetimeSeconds + 60)
    faults.set('get', 'rejects')
    let error: unknown = null
    void tab.signet.logout().catch(fault => {
      error = fault
    })
    await untilStatus(tab.signet, 'signedOut')
    await passUntil(tab, () => expect(isSignetError(error, 'STORAGE_FAILED')).toBe(true))
    expect(await endOf(sessionId)).toBeNull()
    tab.close()

    faults.clear()
    const next = open()
    await untilStatus(next.signet, 'signedOut')
    await eventually(async () => expect(await endOf(sessionId)).toBe('LOGOUT'))
    expect(browser.countOf('SignetRefresh')).toBe(0)
  })
})
