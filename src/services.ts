// Composition root: opens the engines and builds every dependency once.
import type { PoolConfig } from 'pg'
import type { AuthenticationNeeds } from './access/viewer.js'
import type { ClientDirectory } from './clients/find.js'
import { createClientDirectory } from './clients/find.js'
import type { Channel } from './engines/channel.js'
import { openChannel } from './engines/channel.js'
import type { Database } from './engines/database.js'
import { openDatabase } from './engines/database.js'
import { areMigrationsApplied, migrate } from './engines/migrate.js'
import type { Bus } from './engines/redis.js'
import type { Keyring } from './keys/keyring.js'
import { openKeyring } from './keys/keyring.js'
import type { KeySettings } from './keys/lifecycle.js'
import { keyNotice } from './keys/store.js'
import type { Vault } from './keys/vault.js'
import { openVault } from './keys/vault.js'
import type { Clock, Stopwatch } from './lib/clock.js'
import type { Log } from './lib/log.js'
import type { Metrics } from './lib/metrics.js'
import { shareCalls } from './lib/share-calls.js'
import type { Denylist } from './revocation/denylist.js'
import type { Feed } from './revocation/feed.js'
import { createFeed } from './revocation/feed.js'
import { createKnowledge } from './revocation/knowledge.js'
import type { ReadFeed } from './revocation/read.js'
import { readFeed } from './revocation/read.js'
import type { SessionEvents } from './sessions/events.js'
import { createSessionEvents } from './sessions/events.js'
import { createRotateTogether } from './sessions/rotation-store.js'
import type { SessionNeeds, SessionSettings } from './sessions/session.js'
import { createSignIns } from './sessions/sign-ins.js'
import type { PasswordNeeds } from './sign-in/password/credentials.js'
import { createPasswordCheck } from './sign-in/password/credentials.js'
import { createPasswordHashing } from './sign-in/password/hash.js'
import type { IssueSettings } from './tokens/issue.js'
import { createIssuer } from './tokens/issue.js'
import { createTokenVerifier, keptSeconds } from './tokens/verify.js'
import type { FindUser } from './users/find.js'
import { createFindUser } from './users/find.js'

const purgeMilliseconds = 1_000

/** Every dependency that features ask for. */
export interface Services extends SessionNeeds, PasswordNeeds, AuthenticationNeeds {
  readonly db: Database
  readonly findUser: FindUser
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  readonly keyring: Keyring
  readonly denylist: Pick<Denylist, 'find'>
  /** What tells of other instances' changes. */
  readonly channel: Pick<Channel, 'isHeard' | 'heardAt'>
  readonly vault: Vault
  readonly keySettings: KeySettings
  readonly feed: Feed
  readonly readFeed: ReadFeed
  /** Services that may follow the feed. */
  readonly clients: ClientDirectory
  /** What happens to the sessions that somebody watches here. */
  readonly sessionEvents: SessionEvents
  readonly isMigrated: () => Promise<boolean>
  close(): Promise<void>
}

/** The values that services are built from. */
export interface ServiceSettings {
  readonly connection: PoolConfig
  readonly redisUrl: string | null
  /** SIGNET_SECRET. */
  readonly secret: string
  /** SIGNET_SECRET_PREVIOUS. */
  readonly previousSecret: string | null
  readonly keys: KeySettings
  readonly tokens: IssueSettings
  readonly sessions: SessionSettings
  readonly revocationBudgetSeconds: number
  readonly passwordMinLength: number
  /** So many passwords are hashed at the same time. */
  readonly passwordsAtATime: number
}

interface Needs {
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  readonly log: Log
  readonly metrics: Metrics
}

/** Follows what other instances change; resolves when all of it is known: before that no token can be vouched for. */
const followOthers = async (
  { clock, stopwatch, log, metrics }: Needs,
  { pool }: Database,
  keyring: Keyring,
  { connection, redisUrl }: ServiceSettings,
) => {
  const knowledge = createKnowledge({ clock, stopwatch })
  const clients = createClientDirectory()
  let bus: Bus | null = null
  const feed = createFeed({ pool, clock, stopwatch, log, knowledge, tellOthers: async () => bus?.publish() })
  const sessionEvents = createSessionEvents({ denylist: knowledge })
  feed.follow({ tell: sessionEvents.tellRevocations })
  const signIns = createSignIns({ pool, log, sessionEvents })
  const channel = openChannel({ log, stopwatch, pool }, connection, [
    feed.listener,
    signIns.listener,
    { name: keyNotice, catchUp: () => keyring.reload() },
    clients.listener,
  ])
  if (redisUrl !== null) {
    const { openBus } = await import('./engines/redis.js')
    bus = openBus({ log }, redisUrl, { channel: 'signet:revocations', onMessage: () => void feed.readNow() })
  }
  const purging = setInterval(knowledge.purge, purgeMilliseconds)
  metrics.observeRevocations(() => ({
    lagSeconds: stopwatch() - channel.heardAt(),
    records: knowledge.count(),
  }))
  const close = async (): Promise<void> => {
    clearInterval(purging)
    await signIns.close()
    await channel.close()
    await bus?.close()
  }
  try {
    await channel.opened
  } catch (error) {
    await close()
    throw error
  }
  return { denylist: knowledge, clients, feed, sessionEvents, signIns, channel, close }
}

/** Migrates the database and opens the keys in it. */
const openKeys = async (
  { clock, stopwatch, log }: Needs,
  db: Database,
  settings: ServiceSettings,
): Promise<{ vault: Vault; keyring: Keyring }> => {
  await migrate({ pool: db.pool, log })
  const vault = await openVault({ db }, settings)
  const keyring = await openKeyring({ db, clock, stopwatch, log, vault, keySettings: settings.keys })
  return { vault, keyring }
}

/** Opens and migrates the database, opens the keys. Throws StartError; nothing stays open then. */
export const openServices = async (needs: Needs, settings: ServiceSettings): Promise<Services> => {
  const { clock, stopwatch, log, metrics } = needs
  const db = openDatabase({ log }, settings.connection)
  try {
    const passwords = createPasswordHashing(settings.passwordsAtATime)
    // A hash is computed on another thread.
    const [{ vault, keyring }, checkPassword] = await Promise.all([
      openKeys(needs, db, settings),
      createPasswordCheck(passwords),
    ])
    metrics.observeSigningKeys(keyring.ages)
    const { close, ...followed } = await followOthers(needs, db, keyring, settings)
    return {
      db,
      findUser: createFindUser({ db }),
      rotateTogether: createRotateTogether(db),
      log,
      clock,
      stopwatch,
      metrics,
      keyring,
      ...followed,
      readFeed: request => readFeed({ pool: db.pool, clock }, request),
      // A key that was revoked is refused as surely as a token that was.
      vouchesUntil: () =>
        Math.min(
          followed.channel.heardAt() + settings.revocationBudgetSeconds,
          keyring.seenAt() + Math.max(settings.revocationBudgetSeconds, settings.keys.jwksMaxAgeSeconds),
        ),
      revocationSeconds: keptSeconds(settings.tokens.accessTokenSeconds),
      vault,
      keySettings: settings.keys,
      pepper: vault.pepper,
      readyToSign: keyring.readyToSign,
      issueAccessToken: createIssuer({ clock, signingKey: keyring.current, settings: settings.tokens }),
      verifyAccessToken: createTokenVerifier({ clock, findKey: keyring.find, settings: settings.tokens }),
      sessionSettings: settings.sessions,
      passwords,
      checkPassword,
      passwordMinLength: settings.passwordMinLength,
      // Shared: probes of readiness may not take the connections of requests.
      isMigrated: shareCalls(() => areMigrationsApplied({ pool: db.pool })),
      close: () => close().finally(() => db.close()),
    }
  } catch (error) {
    await db.close()
    throw error
  }
}
