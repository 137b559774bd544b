// Keyrings of several instances on one database, each with a clock of its own and without timers: what they do and when
// is the test's to say.
import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../src/engines/database.js'
import type { KeyNeeds } from '../../src/keys/change.js'
import type { Keyring } from '../../src/keys/keyring.js'
import { openKeyring } from '../../src/keys/keyring.js'
import type { KeySettings } from '../../src/keys/lifecycle.js'
import { openVault } from '../../src/keys/vault.js'
import { systemStopwatch } from '../../src/lib/clock.js'
import { createLog } from '../../src/lib/log.js'
import { createTestDatabase } from './database.js'
import { newLogFile } from './run-log.js'

export interface KeyInstance {
  readonly needs: KeyNeeds
  readonly keyring: Keyring
  close(): Promise<void>
}

export interface KeyPlace {
  readonly databaseUrl: string
  readonly secret: string
  /** The true time. */
  now(): Date
  advance(seconds: number): void
  /** Starts an instance whose clock is so many seconds ahead of the true time. */
  open(options?: {
    aheadSeconds?: number
    databaseUrl?: string
    settings?: KeySettings
  }): Promise<KeyInstance>
  /** Closes all instances and drops the database. */
  close(): Promise<void>
}

/** ES256, as its keys are made in no time; a max-age of five minutes, tokens of fifteen, a rotation a day. */
export const keySettings: KeySettings = {
  algorithm: 'ES256',
  sharedSecret: null,
  jwksMaxAgeSeconds: 300,
  accessTokenSeconds: 900,
  rotationDays: 1,
}

/** A database for keyrings. */
export const createKeyPlace = async (usual: KeySettings = keySettings): Promise<KeyPlace> => {
  const database = await createTestDatabase()
  const secret = randomBytes(32).toString('base64url')
  const log = createLog('trace', newLogFile(randomBytes(8).toString('hex')))
  const closers: (() => Promise<void>)[] = []
  let time = Date.parse('2027-01-01T00:00:00Z')
  return {
    databaseUrl: database.url,
    secret,
    now: () => new Date(time),
    advance: seconds => {
      time += seconds * 1000
    },
    open: async ({ aheadSeconds = 0, databaseUrl = database.url, settings = usual } = {}) => {
      const db = openDatabase({ log }, { connectionString: databaseUrl })
      let isOpen = true
      const close = async (): Promise<void> => {
        if (isOpen) await db.close()
        isOpen = false
      }
      closers.push(close)
      const clock = () => new Date(time + aheadSeconds * 1000)
      const vault = await openVault({ db }, { secret, previousSecret: null })
      const needs = { db, clock, vault, keySettings: settings }
      const keyring = await openKeyring({ ...needs, log, stopwatch: systemStopwatch })
      return { needs: { ...needs, keyring }, keyring, close }
    },
    close: async () => {
      for (const close of closers) await close()
      await database.drop()
    },
  }
}
