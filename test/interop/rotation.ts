// Every verifier under load, with its caches, through three rotations. Its caches read the real clock, so real time
// passes here: a max-age of two seconds in the place of 300, and every cache shortened in proportion.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { openDatabase } from '../../src/engines/database.js'
import { rotateKeys } from '../../src/keys/rotate.js'
import { openVault } from '../../src/keys/vault.js'
import { systemClock } from '../../src/lib/clock.js'
import { createLog } from '../../src/lib/log.js'
import { eventually } from '../support/eventually.js'
import { claimsOf, decode } from '../support/forge.js'
import { kidsWhen, readKids } from '../support/jwks.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'
import type { Kind, Others, Trusted } from './others.js'
import { startOthers } from './others.js'

const rotations = 3
const maxAgeSeconds = 2
// So short that keys are forgotten while this runs, and tokens used to their end.
const accessTokenSeconds = 4
const env = {
  SIGNET_JWKS_MAX_AGE_SECONDS: `${maxAgeSeconds}`,
  SIGNET_ACCESS_TOKEN_SECONDS: `${accessTokenSeconds}`,
  SIGNET_KEY_ROTATION_DAYS: '0',
}

interface Token {
  readonly text: string
  readonly kid: string
  readonly endsAt: number
}

const readToken = (text: string): Token => ({
  text,
  kid: String(decode(text.split('.')[0]).kid),
  endsAt: Number(claimsOf(text).exp) * 1000,
})

// A client that refreshes all the time; gives a token of now, or the oldest that is alive.
const keepSignedIn = async (world: World, isOver: () => boolean) => {
  const account = await world.signUp()
  let tokens = [readToken(account.accessToken)]
  const run = async (): Promise<void> => {
    let { refreshToken } = account
    while (!isOver()) {
      const answer = (await world.refresh(refreshToken)).data.refresh
      refreshToken = answer.refreshToken
      const now = Date.now()
      tokens = [...tokens.filter(({ endsAt }) => endsAt > now), readToken(answer.accessToken)]
      await sleep(50)
    }
  }
  return { run, oldest: () => tokens[0], newest: () => tokens.at(-1) }
}

// A second instance, which rotates in the very moment from which on it may: nobody is given time that is not promised.
const openSecondInstance = async (
  { databaseUrl, secret, logFile }: World,
  algorithm: Trusted['algorithm'],
) => {
  const db = openDatabase({ log: createLog('warn', logFile) }, { connectionString: databaseUrl })
  const vault = await openVault({ db }, { secret, previousSecret: null })
  const lives = { jwksMaxAgeSeconds: maxAgeSeconds, accessTokenSeconds, rotationDays: 0 }
  const needs = { db, vault, clock: systemClock, keySettings: { algorithm, sharedSecret: null, ...lives } }
  return {
    rotate: () => eventually(async () => expect((await rotateKeys(needs)).kind).toBe('rotated')),
    close: () => db.close(),
  }
}

interface Load {
  readonly others: Others
  readonly algorithm: string
  readonly verifier: string
  readonly client: Awaited<ReturnType<typeof keepSignedIn>>
  isOver(): boolean
}

// Asks one verifier without end; gives the keys whose tokens it judged, and what it refused though it was alive.
const putUnderLoad = ({ others, algorithm, verifier, client, isOver }: Load) => {
  const judged = new Set<string>()
  const failures: unknown[] = []
  const ask = async ({ text, kid, endsAt }: Token): Promise<void> => {
    const { status, body } = await others.ask(algorithm, verifier, text)
    if (status !== 200 && endsAt <= Date.now()) return
    judged.add(kid)
    if (status !== 200) failures.push({ algorithm, verifier, kid, status, body })
  }
  const run = async (): Promise<void> => {
    while (!isOver()) {
      for (const token of [client.newest(), client.oldest()]) {
        if (token && Date.now() < token.endsAt) await ask(token)
      }
      await sleep(10)
    }
  }
  return { judged, failures, run }
}

const goThroughRotations = async (
  others: Others,
  kind: Kind,
  world: World,
  algorithm: Trusted['algorithm'],
) => {
  let over = false
  const isOver = () => over
  const second = await openSecondInstance(world, algorithm)
  const client = await keepSignedIn(world, isOver)
  const loads = kind.verifiers.map(verifier => putUnderLoad({ others, algorithm, verifier, client, isOver }))
  const running = Promise.all([client.run(), ...loads.map(({ run }) => run())])
  const signers = (await readKids(world)).slice(0, 1)
  try {
    for (let i = 0; i < rotations; i++) {
      await second.rotate()
      const kids = await kidsWhen(world, now => now[0] !== signers.at(-1))
      signers.push(...kids.slice(0, 1))
      await eventually(() => {
        for (const { judged } of loads) expect([...judged]).toEqual(signers)
      })
    }
    await kidsWhen(world, kids => !kids.includes(signers[0] ?? ''))
  } finally {
    over = true
    await running.finally(second.close)
  }
  return { signers, failures: loads.flatMap(({ failures }) => failures) }
}

/** Declares the test of the verifiers of a kind. */
export const testRotation = (kind: Kind): void => {
  test('no verification fails while services that keep the keys go through three rotations under load', async () => {
    const worlds: { world: World; algorithm: Trusted['algorithm'] }[] = []
    for (const algorithm of ['RS256', 'ES256'] as const) {
      worlds.push({ algorithm, world: await createWorld({ env: { ...env, JWT_ALGORITHM: algorithm } }) })
    }
    const others = await startOthers(
      kind,
      worlds.map(({ world, algorithm }) => ({ algorithm, issuer: world.url, shrink: 300 / maxAgeSeconds })),
    )
    try {
      const outcomes = await Promise.all(
        worlds.map(({ world, algorithm }) => goThroughRotations(others, kind, world, algorithm)),
      )
      for (const { signers, failures } of outcomes) {
        expect(new Set(signers).size).toBe(rotations + 1)
        expect(failures).toEqual([])
      }
    } finally {
      await others.stop()
      for (const { world } of worlds) await world.close()
    }
  }, 120_000)
}
