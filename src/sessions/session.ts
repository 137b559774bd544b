// What a session is to the rest of Signet, and what its functions need.
import type { Database } from '../engines/database.js'
import type { SessionEndReason, TokenDelivery } from '../generated/prisma/enums.js'
import type { Clock } from '../lib/clock.js'
import { addSeconds } from '../lib/clock.js'
import type { Metrics } from '../lib/metrics.js'
import type { RevocationNeeds } from '../revocation/revoke.js'
import type { IssueAccessToken } from '../tokens/issue.js'
import type { KnownUser } from '../users/user.js'

/** One sign-in on one device. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly delivery: TokenDelivery
  readonly createdAt: Date
  /** The last rotation. */
  readonly rotatedAt: Date
  /** The absolute end. */
  readonly expiresAt: Date
  readonly endedAt: Date | null
  readonly endReason: SessionEndReason | null
  readonly userAgent: string | null
  readonly ipAddress: string | null
}

/** Where a sign-in came from; null where the request did not say. */
export interface Device {
  readonly userAgent: string | null
  readonly ipAddress: string | null
}

/** How long sessions live. */
export interface SessionSettings {
  readonly refreshIdleSeconds: number
  readonly sessionSeconds: number
  readonly refreshGraceSeconds: number
}

/** A move of a session from one generation to the next. */
export interface Rotation {
  readonly sessionId: string
  readonly generation: number
  readonly secretHash: Uint8Array
  readonly nextSecretHash: Uint8Array
  readonly attemptHash: Uint8Array | null
  readonly now: Date
  /** A session last rotated before this moment has expired. */
  readonly idleSince: Date
  /** A session rotated after this moment by the same attempt stays as it is: the attempt has been carried out. */
  readonly graceSince: Date
}

/** A session that has been moved on, and its user. */
export type Rotated = KnownUser & { readonly session: Session }

/** Moves live sessions on together; null says nothing of the session. See rotation-store.ts. */
export type RotateTogether = (rotation: Rotation) => Promise<Rotated | null>

/** What functions over sessions take as their first parameter. */
export interface SessionNeeds extends RevocationNeeds {
  readonly db: Database
  readonly rotateTogether: RotateTogether
  readonly clock: Clock
  readonly metrics: Metrics
  /** The key of derivation, see refresh-token.ts. */
  readonly pepper: Uint8Array
  /** Awaited before a token is issued: resolves when the key that signs is up to date, mostly without a query. */
  readonly readyToSign: () => Promise<void>
  readonly issueAccessToken: IssueAccessToken
  readonly sessionSettings: SessionSettings
  /** Told of every login, once its session is there. */
  readonly signIns: { announce(session: Pick<Session, 'id' | 'userId'>): void }
}

/** When a session's current refresh token ends: idle or absolute, whichever comes first. */
export const refreshTokenExpiry = (
  { refreshIdleSeconds }: SessionSettings,
  { rotatedAt, expiresAt }: Pick<Session, 'rotatedAt' | 'expiresAt'>,
): Date => {
  const idleEnd = addSeconds(rotatedAt, refreshIdleSeconds)
  return idleEnd < expiresAt ? idleEnd : expiresAt
}
