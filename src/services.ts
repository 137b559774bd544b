// Composition root: opens the engines and builds every dependency once.
import type { PoolConfig } from 'pg'
import type { Database } from './engines/database.js'
import { openDatabase } from './engines/database.js'
import { areMigrationsApplied, migrate } from './engines/migrate.js'
import type { Keyring } from './keys/keyring.js'
import { openKeyring } from './keys/keyring.js'
import { proveSecret } from './keys/secret-proof.js'
import type { Algorithm } from './lib/algorithms.js'
import type { Clock } from './lib/clock.js'
import type { Log } from './lib/log.js'
import { deriveSecret } from './lib/secrets.js'
import { shareCalls } from './lib/share-calls.js'
import type { SessionNeeds, SessionSettings } from './sessions/session.js'
import type { PasswordNeeds } from './sign-in/password/credentials.js'
import { createPasswordCheck } from './sign-in/password/credentials.js'
import type { IssueSettings } from './tokens/issue.js'
import { createIssuer } from './tokens/issue.js'
import type { VerifyAccessToken } from './tokens/verify.js'
import { createVerifier } from './tokens/verify.js'

/** Every dependency that features ask for. */
export interface Services extends SessionNeeds, PasswordNeeds {
  readonly db: Database
  readonly log: Log
  readonly clock: Clock
  readonly keyring: Keyring
  readonly verifyAccessToken: VerifyAccessToken
  readonly isMigrated: () => Promise<boolean>
  close(): Promise<void>
}

/** The values that services are built from. */
export interface ServiceSettings {
  readonly connection: PoolConfig
  /** SIGNET_SECRET. */
  readonly secret: string
  readonly algorithm: Algorithm
  /** JWT_SECRET. */
  readonly sharedSecret: string | null
  readonly tokens: IssueSettings
  readonly sessions: SessionSettings
  readonly passwordMinLength: number
}

/** Opens and migrates the database, opens the keys. Throws StartError; nothing stays open then. */
export const openServices = async (
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  settings: ServiceSettings,
): Promise<Services> => {
  const db = openDatabase({ log }, settings.connection)
  try {
    await migrate({ pool: db.pool, log })
    const { algorithm, sharedSecret, secret } = settings
    await proveSecret({ db }, secret)
    const keyring = await openKeyring({ db, clock, secret }, { algorithm, sharedSecret })
    return {
      db,
      log,
      clock,
      keyring,
      pepper: deriveSecret(secret, 'refresh-token-pepper'),
      issueAccessToken: createIssuer({ clock, signingKey: keyring.current, settings: settings.tokens }),
      verifyAccessToken: createVerifier({ clock, findKey: keyring.find, settings: settings.tokens }),
      sessionSettings: settings.sessions,
      checkPassword: await createPasswordCheck(),
      passwordMinLength: settings.passwordMinLength,
      // Shared: probes of readiness may not take the connections of requests.
      isMigrated: shareCalls(() => areMigrationsApplied({ pool: db.pool })),
      close: () => db.close(),
    }
  } catch (error) {
    await db.close()
    throw error
  }
}
