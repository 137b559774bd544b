// What holds of signing keys whatever happens to them, in whatever order and on whichever instance.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Pool } from 'pg'
import type { KeyState } from '../../src/keys/lifecycle.js'
import { stateOf } from '../../src/keys/lifecycle.js'
import { revokeKey } from '../../src/keys/revoke.js'
import { rotateKeys } from '../../src/keys/rotate.js'
import { findKeys } from '../../src/keys/store.js'
import type { KeyInstance, KeyPlace } from '../support/keyrings.js'
import { createKeyPlace, keySettings } from '../support/keyrings.js'

let place: KeyPlace
let pool: Pool
beforeAll(async () => {
  place = await createKeyPlace()
  pool = new Pool({ connectionString: place.databaseUrl, max: 1 })
})
afterAll(async () => {
  await pool.end()
  await place.close()
})

const { jwksMaxAgeSeconds, accessTokenSeconds } = keySettings
const seconds = (moment: Date): number => moment.getTime() / 1000

type Event =
  | { readonly kind: 'advance'; readonly by: number }
  | { readonly kind: 'reload' | 'tend' | 'rotate' | 'sign' | 'fetch' | 'restart'; readonly on: 0 | 1 }
  | { readonly kind: 'revoke'; readonly on: 0 | 1; readonly state: KeyState }

const on = fc.constantFrom(0 as const, 1 as const)
const state = fc.constantFrom<KeyState[]>('current', 'next', 'retiring')
const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })
const does = (kind: 'reload' | 'tend' | 'rotate' | 'sign' | 'fetch' | 'restart') =>
  fc.record({ kind: fc.constant(kind), on })
// Steps that are short against a max-age and steps that are long, so that every order of deadlines comes up.
const event: fc.Arbitrary<Event> = fc.oneof(
  often(8, fc.record({ kind: fc.constant('advance' as const), by: fc.constantFrom(5, 90, 200, 320, 700) })),
  often(1, fc.record({ kind: fc.constant('advance' as const), by: fc.constant(86_400) })),
  often(5, does('rotate')),
  often(6, does('sign')),
  often(6, does('fetch')),
  often(2, does('tend')),
  often(1, does('reload')),
  often(1, does('restart')),
  often(1, fc.record({ kind: fc.constant('revoke' as const), on, state })),
)

/** A service that verifies tokens: it keeps the JWKS of one instance for as long as that allows. */
interface Cache {
  kids: ReadonlySet<string>
  until: number
}

/** Two instances, a cache behind each, and what is known of keys and tokens from outside. */
const createScene = async () => {
  await pool.query('DELETE FROM signing_keys')
  const shownSince = new Map<string, number>()
  const excused = new Set<string>()
  const revoked = new Set<string>()
  const tokens: { kid: string; exp: number }[] = []
  const caches: [Cache, Cache] = [
    { kids: new Set(), until: 0 },
    { kids: new Set(), until: 0 },
  ]
  // Their clocks are five seconds apart.
  const open = (which: 0 | 1): Promise<KeyInstance> => place.open({ aheadSeconds: which * 5 - 2 })
  const instances: [KeyInstance, KeyInstance] = [await open(0), await open(1)]
  excused.add(instances[0].keyring.current().kid)
  const now = (): number => seconds(place.now())

  const see = async (): Promise<void> => {
    const rows = await findKeys(instances[0].needs.db.prisma)
    for (const { kid } of rows) if (!shownSince.has(kid)) shownSince.set(kid, now())
  }
  const kidsOf = ({ keyring }: KeyInstance): Set<string> =>
    new Set(keyring.jwks().keys.map(key => `${key.kid}`))

  const sign = async ({ keyring }: KeyInstance): Promise<void> => {
    const isStale = !keyring.isFresh()
    await keyring.readyToSign()
    const { kid } = keyring.current()
    // What it began aside, it shall have done before the test goes on.
    if (isStale) await keyring.tend()
    await see()
    if (revoked.has(kid)) return
    tokens.push({ kid, exp: now() + accessTokenSeconds })
    if (excused.has(kid)) return
    // Each key that signs was shown for twice the max-age, and every cache that may still be in use has it.
    expect(now() - (shownSince.get(kid) ?? Number.NaN)).toBeGreaterThanOrEqual(2 * jwksMaxAgeSeconds)
    for (const cache of caches) if (now() < cache.until) expect([...cache.kids]).toContain(kid)
  }

  const fetch = (instance: KeyInstance, cache: Cache): void => {
    if (now() < cache.until || !instance.keyring.isFresh()) return
    cache.kids = kidsOf(instance)
    cache.until = now() + jwksMaxAgeSeconds
  }

  const revoke = async (instance: KeyInstance, wanted: KeyState): Promise<void> => {
    const { needs } = instance
    const key = (await findKeys(needs.db.prisma)).find(one => stateOf(one) === wanted)
    if (!key) return
    const outcome = await revokeKey(needs, key.kid)
    revoked.add(key.kid)
    if (outcome.kind === 'revoked' && outcome.signsNow) excused.add(outcome.signsNow)
    expect([...kidsOf(instance)]).not.toContain(key.kid)
  }

  /** Every token that is alive verifies, on whoever is up to date; the keys that were revoked are gone. */
  const check = (instance: KeyInstance, isReloaded: boolean): void => {
    if (!instance.keyring.isFresh()) return
    const kids = kidsOf(instance)
    for (const { kid, exp } of tokens) {
      if (exp <= seconds(instance.needs.clock()) || revoked.has(kid) || (!isReloaded && excused.has(kid)))
        continue
      expect(instance.keyring.find(kid)?.kid).toBe(kid)
      expect([...kids]).toContain(kid)
    }
    if (isReloaded) for (const kid of revoked) expect([...kids]).not.toContain(kid)
  }

  const act = async (one: Event): Promise<void> => {
    if (one.kind === 'advance') return place.advance(one.by)
    const instance = instances[one.on]
    switch (one.kind) {
      case 'reload':
        await instance.keyring.reload()
        return check(instance, true)
      case 'tend':
        await instance.keyring.tend()
        return check(instance, true)
      case 'rotate':
        await rotateKeys(instance.needs)
        return check(instance, true)
      case 'sign':
        return sign(instance)
      case 'fetch':
        return fetch(instance, caches[one.on])
      case 'restart':
        await instance.close()
        instances[one.on] = await open(one.on)
        return check(instances[one.on], true)
      case 'revoke':
        return revoke(instance, one.state)
    }
  }

  const end = async (): Promise<void> => {
    for (const instance of instances) {
      await instance.keyring.tend()
      check(instance, true)
    }
    const states = (await findKeys(instances[0].needs.db.prisma)).map(stateOf)
    expect(states.filter(one => one !== 'retiring').sort()).toEqual(['current', 'next'])
    for (const instance of instances) await instance.close()
  }

  await see()
  return {
    act: async (one: Event): Promise<void> => {
      await act(one)
      await see()
      for (const instance of instances) check(instance, false)
    },
    end,
  }
}

test('no key signs before everybody can know it, unless one was revoked, and every token of a key not revoked verifies', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 30, maxLength: 60 }), async events => {
      const scene = await createScene()
      for (const one of events) await scene.act(one)
      await scene.end()
    }),
    { numRuns: 25, endOnFailure: true },
  )
}, 180_000)
