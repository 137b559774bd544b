// What is asked of every verifier: it accepts what Signet issues and sees its claims, and refuses what has one fault.

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { generateKey } from '../../src/keys/key-material.js'
import type { Forge } from '../support/forge.js'
import { createForge, encode, openKeysOf } from '../support/forge.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'
import type { Kind, Others } from './others.js'
import { startOthers } from './others.js'

// One service, and several.
const audiences = { RS256: 'signet', ES256: 'https://api.example.com,signet' } as const
const algorithms = ['RS256', 'ES256'] as const
type PairAlgorithm = (typeof algorithms)[number]

interface Place {
  readonly world: World
  readonly token: string
  readonly userId: string
  readonly forge: Forge
  readonly stranger: Forge
}

const openPlace = async (algorithm: PairAlgorithm): Promise<Place> => {
  const world = await createWorld({ env: { JWT_ALGORITHM: algorithm, JWT_AUDIENCE: audiences[algorithm] } })
  const { accessToken, user } = await world.signUp()
  const token = accessToken
  const key = (await openKeysOf(world, algorithm)).current()
  const stranger = createForge(await generateKey(algorithm), token)
  return { world, token, userId: user.id, forge: createForge(key, token), stranger }
}

// Each is perfect but for one thing.
const faults: Readonly<Record<string, (place: Place) => string>> = {
  'whose signature is broken': ({ token }) => {
    const [header, payload, signature = ''] = token.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    return [header, payload, bytes.fill((bytes[0] ?? 0) ^ 1, 0, 1).toString('base64url')].join('.')
  },
  'whose claims were changed': ({ token, forge }) => {
    const [header, , signature] = token.split('.')
    return [header, encode({ ...forge.claims, roles: ['admin'] }), signature].join('.')
  },
  'of another issuer': ({ forge }) => forge.token({ claims: { iss: 'https://auth.example.net' } }),
  'for another audience': ({ forge }) => forge.token({ claims: { aud: 'another' } }),
  'that has expired': ({ forge }) => {
    const { iat, exp } = forge.claims
    return forge.token({ claims: { iat: iat - 3_600, nbf: iat - 3_600, exp: exp - 3_600 } })
  },
  "signed with a stranger's key under a genuine name": ({ stranger }) => stranger.token(),
  "signed with a stranger's key under its own name": ({ stranger }) =>
    stranger.token({ header: { kid: stranger.key.kid } }),
  'without a signature': ({ forge }) =>
    `${encode({ ...forge.header, alg: 'none' })}.${encode(forge.claims)}.`,
}

// A token of a key that is nowhere published is for these a fault of their own, not of their caller's.
const fails = {
  fault: "signed with a stranger's key under its own name",
  by: ['graphql-yoga', 'hive-gateway'],
}

const countJwksRequests = async (world: World): Promise<number> =>
  (await readFile(world.logFile, 'utf8')).split('\n').filter(line => line.includes('/.well-known/jwks.json'))
    .length

/** Declares the tests of the verifiers of a kind. `checkType`: those that can be told to want `at+jwt`. */
export const testVerification = (kind: Kind, checkType: readonly string[]): void => {
  const places = new Map<PairAlgorithm, Place>()
  let others: Others
  const placeOf = (algorithm: PairAlgorithm): Place => {
    const place = places.get(algorithm)
    if (!place) throw new Error(`there is no Signet that signs with ${algorithm}`)
    return place
  }
  beforeAll(async () => {
    for (const algorithm of algorithms) places.set(algorithm, await openPlace(algorithm))
    others = await startOthers(
      kind,
      algorithms.map(algorithm => ({ algorithm, issuer: placeOf(algorithm).world.url, shrink: 1 })),
    )
  })
  afterAll(async () => {
    await others?.stop()
    for (const { world } of places.values()) await world.close()
  })

  describe.each(algorithms)('%s', algorithm => {
    test.each(kind.verifiers)('%s accepts an access token and sees its claims', async verifier => {
      const { token, userId, forge } = placeOf(algorithm)
      const { status, claims, body } = await others.ask(algorithm, verifier, token)
      expect([status, body]).toEqual([200, expect.stringContaining('"claims"')])
      expect(claims).toEqual(forge.claims)
      expect(claims).toMatchObject({ sub: userId, roles: [], rev: expect.any(Number) })
    })

    test.each(kind.verifiers)(
      '%s, whose clock is some seconds behind, accepts a token of now',
      async verifier => {
        const { forge } = placeOf(algorithm)
        const ahead = Math.floor(Date.now() / 1000) + 4
        const token = forge.token({ claims: { iat: ahead, nbf: ahead, exp: ahead + 900 } })
        expect((await others.ask(algorithm, verifier, token)).status).toBe(200)
      },
    )

    test.each(kind.verifiers)('%s asks for the keys once, not once a token', async verifier => {
      const { world, token, forge } = placeOf(algorithm)
      await others.ask(algorithm, verifier, token)
      const before = await countJwksRequests(world)
      for (let i = 0; i < 5; i++) {
        const { status } = await others.ask(algorithm, verifier, forge.token({ claims: { jti: `${i}` } }))
        expect(status).toBe(200)
      }
      expect(await countJwksRequests(world)).toBe(before)
    })

    describe.each(Object.keys(faults))('a token %s', fault => {
      test.each(kind.verifiers)('is refused by %s', async verifier => {
        const place = placeOf(algorithm)
        const { claims, ...refusal } = await others.ask(algorithm, verifier, faults[fault]?.(place) ?? '')
        const status = fault === fails.fault && fails.by.includes(verifier) ? 500 : 401
        expect([claims, refusal]).toEqual([undefined, { status, body: expect.any(String) }])
        // Not because it could verify nothing by now.
        expect((await others.ask(algorithm, verifier, place.token)).status).toBe(200)
      })
    })

    for (const verifier of checkType) {
      test(`${verifier} refuses a token of another type`, async () => {
        const { forge } = placeOf(algorithm)
        const { status } = await others.ask(algorithm, verifier, forge.token({ header: { typ: 'JWT' } }))
        expect(status).toBe(401)
      })
    }
  })
}
