// Signs whatever a test wants with a key of its choice, so that one fault at a time stands in an otherwise perfect
// token. On node:crypto alone: what it makes does not depend on the library that is under test.
import type { KeyObject } from 'node:crypto'
import { createHmac, sign } from 'node:crypto'
import type { Database } from '../../src/engines/database.js'
import { openDatabase } from '../../src/engines/database.js'
import type { KeyMaterial } from '../../src/keys/key-material.js'
import type { Keyring } from '../../src/keys/keyring.js'
import { openKeyring } from '../../src/keys/keyring.js'
import type { Vault } from '../../src/keys/vault.js'
import { openVault } from '../../src/keys/vault.js'
import type { Algorithm } from '../../src/lib/algorithms.js'
import type { Clock } from '../../src/lib/clock.js'
import { systemStopwatch } from '../../src/lib/clock.js'
import type { Log } from '../../src/lib/log.js'
import { createLog } from '../../src/lib/log.js'
import type { World } from './world.js'

export type Members = Readonly<Record<string, unknown>>

/** Text as it is, bytes as they are, anything else as JSON; in base64url. */
export const encode = (value: unknown): string => {
  const raw = typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)
  return Buffer.from(raw).toString('base64url')
}

/** The JSON of one part of a token. */
export const decode = (part: string | undefined): Members =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString())

/** The claims of a token. */
export const claimsOf = (token: string): Members => decode(token.split('.')[1])

/** A signature as RFC 7518 defines it. */
export const signText = (algorithm: Algorithm, key: KeyObject, text: string): string => {
  switch (algorithm) {
    case 'HS256':
      return createHmac('sha256', key).update(text).digest('base64url')
    case 'RS256':
      return sign('sha256', Buffer.from(text), key).toString('base64url')
    case 'ES256':
      return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  }
}

export interface Forge {
  readonly key: KeyMaterial
  /** The header and the claims of a token that nothing is wrong with. */
  readonly header: Members
  readonly claims: Members & { readonly iat: number; readonly exp: number }
  /** A token of two encoded parts. */
  seal(header: string, payload: string): string
  /** A token that is perfect but for these members; undefined leaves one out. */
  token(change?: { readonly header?: Members; readonly claims?: Members }): string
}

/** Makes tokens like a genuine one, signed with a key. */
export const createForge = (key: KeyMaterial, genuine: string): Forge => {
  const header = decode(genuine.split('.')[0])
  const claims = claimsOf(genuine) as Forge['claims']
  const seal = (head: string, payload: string): string =>
    `${head}.${payload}.${signText(key.algorithm, key.privateKey, `${head}.${payload}`)}`
  return {
    key,
    header,
    claims,
    seal,
    token: change => seal(encode({ ...header, ...change?.header }), encode({ ...claims, ...change?.claims })),
  }
}

/** How long the claim `more` may be for the token to have at most so many bytes. */
export const roomFor = (forge: Forge, tokenBytes: number): number => {
  const [header = '', , signature = ''] = forge.token().split('.')
  const payloadBytes = Math.floor(((tokenBytes - header.length - signature.length - 2) * 3) / 4)
  return payloadBytes - Buffer.byteLength(JSON.stringify({ ...forge.claims, more: '' }))
}

type Opened = Pick<World, 'databaseUrl' | 'secret' | 'logFile'>

const withDatabaseOf = async <T>(
  { databaseUrl, logFile }: Opened,
  work: (needs: { db: Database; log: Log; clock: Clock }) => Promise<T>,
): Promise<T> => {
  const log = createLog('warn', logFile)
  const db = openDatabase({ log }, { connectionString: databaseUrl })
  return work({ db, log, clock: () => new Date() }).finally(() => db.close())
}

/** The secrets of a running Signet, opened with its own. */
export const openVaultOf = (world: Opened): Promise<Vault> =>
  withDatabaseOf(world, needs => openVault(needs, { secret: world.secret, previousSecret: null }))

/** The keys of a running Signet, opened with its own secret. */
export const openKeysOf = (
  world: Opened,
  algorithm: Algorithm,
  sharedSecret: string | null = null,
): Promise<Keyring> =>
  withDatabaseOf(world, async needs => {
    const vault = await openVault(needs, { secret: world.secret, previousSecret: null })
    const lives = { jwksMaxAgeSeconds: 300, accessTokenSeconds: 900, rotationDays: 90 }
    return openKeyring({
      ...needs,
      stopwatch: systemStopwatch,
      vault,
      keySettings: { algorithm, sharedSecret, ...lives },
    })
  })
