// The rotation table: what a presented refresh token is, told from the session's one row. It never throws for what a
// caller sent; a store that fails throws, and nothing is decided.
import type { SessionEndReason } from '../generated/prisma/enums.js'
import { addSeconds } from '../lib/clock.js'
import { equalDigests, sha256 } from '../lib/secrets.js'
import { withRevocation } from '../revocation/revoke.js'
import { findFeedHead } from '../revocation/store.js'
import type { KnownUser } from '../users/user.js'
import type { RefreshToken } from './refresh-token.js'
import { hashRefreshToken, successorOf } from './refresh-token.js'
import { noteRetry, rotateSession } from './rotation-store.js'
import type { Rotated, Rotation, Session, SessionNeeds } from './session.js'
import type { SessionRow } from './store.js'
import { findSession, markSessionEnded } from './store.js'

/** What a caller gets whose token was good. */
interface Exchanged extends KnownUser {
  readonly token: RefreshToken
  readonly session: Session
}

/** What came of a presented token. */
export type RotationOutcome =
  /** It was current and this caller moved the session on. */
  | ({ readonly kind: 'rotated' } & Exchanged)
  /**
   * It had been exchanged and its successor is unused: the same successor again. Retried by the attempt that exchanged
   * it, or raced by another within the grace time (two tabs or instances with one token). Or it is that successor, and
   * comes within the grace time under the name of the attempt that brought it: then it stays what it is. An attempt of
   * several tabs is one exchange, in whatever order their requests arrive and their cookies are set.
   */
  | ({ readonly kind: 'retried' | 'raced' } & Exchanged)
  /** Proven theft: the session has been ended. */
  | { readonly kind: 'reused'; readonly sessionId: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'ended'; readonly endedAt: Date; readonly endReason: SessionEndReason | null }
  | { readonly kind: 'disabled' }
  /**
   * The row changed while the token was on its way here: current, and yet the row did not move; or left behind by a rotation of that
   * time, and so no proof of theft. A thief who comes again proves it.
   */
  | { readonly kind: 'unsettled' }

type Needs = Pick<
  SessionNeeds,
  'db' | 'rotateTogether' | 'clock' | 'pepper' | 'sessionSettings' | 'feed' | 'revocationSeconds'
>

// Deriving so many generations takes about 25 ms: far more than a session has in a month, and a bound for a
// stranger who knows an old session's id. A token older than that is told nothing and changes nothing.
const maxDerivations = 10_000

/**
 * How many generations a token lies behind its session's current one, or null when it is not one of the session's:
 * a genuine old token's derivation forward ends at the row's hash, nobody else's does.
 */
export const generationsBehind = (
  pepper: Uint8Array,
  token: RefreshToken,
  row: Pick<SessionRow, 'generation' | 'secretHash'>,
): number | null => {
  const distance = row.generation - token.generation
  if (distance < 0 || distance > maxDerivations) return null
  let derived = token
  for (let step = 0; step < distance; step++) derived = successorOf(pepper, derived)
  return equalDigests(hashRefreshToken(derived), row.secretHash) ? distance : null
}

const idleSince = ({ sessionSettings }: Needs, now: Date): Date =>
  addSeconds(now, -sessionSettings.refreshIdleSeconds)

const graceSince = ({ sessionSettings }: Needs, now: Date): Date =>
  addSeconds(now, -sessionSettings.refreshGraceSeconds)

/** Whether a token that lies so far behind comes again, rather than for the first time or out of a thief's hand. */
const repetitionOf = (
  behind: number,
  row: SessionRow,
  attemptHash: Uint8Array | null,
  since: Date,
): 'retried' | 'raced' | null => {
  const isSameAttempt = attemptHash && row.attemptHash && equalDigests(attemptHash, row.attemptHash)
  const isInGrace = row.rotatedAt > since
  if (behind === 0) return isSameAttempt && isInGrace ? 'retried' : null
  if (behind > 1) return null
  if (isSameAttempt) return 'retried'
  return isInGrace ? 'raced' : null
}

/** What a token gets that comes again: the same successor. A retry counts as a use of the session. */
const repeat = async (
  { pepper, db }: Needs,
  kind: 'retried' | 'raced',
  token: RefreshToken,
  row: SessionRow,
  now: Date,
): Promise<Pick<Exchanged, 'token' | 'session'>> => {
  if (token.generation === row.generation) return { token, session: row }
  const successor = successorOf(pepper, token)
  if (kind === 'raced') return { token: successor, session: row }
  await noteRetry(db.prisma, row, now)
  return { token: successor, session: { ...row, rotatedAt: now } }
}

const judge = async (
  needs: Needs,
  token: RefreshToken,
  attemptHash: Uint8Array | null,
  { arrived, now }: { readonly arrived: Date; readonly now: Date },
): Promise<RotationOutcome> => {
  // Read before the user's rights: a token may know less of revocations than its roles do, never more.
  const feed = await findFeedHead(needs.db.prisma)
  const row = await findSession(needs.db.prisma, token.sessionId)
  const behind = row && generationsBehind(needs.pepper, token, row)
  if (!row || behind === null) return { kind: 'unknown' }
  if (row.user.disabledAt) return { kind: 'disabled' }
  if (row.endedAt) return { kind: 'ended', endedAt: row.endedAt, endReason: row.endReason }
  if (row.sinceNumber < feed.everybodyNumber)
    return { kind: 'ended', endedAt: feed.everybodyAt ?? now, endReason: 'ADMIN' }
  if (row.expiresAt <= now || row.rotatedAt <= idleSince(needs, now)) return { kind: 'expired' }
  const kind = repetitionOf(behind, row, attemptHash, graceSince(needs, now))
  if (kind) {
    const { user } = row
    return {
      kind,
      user,
      knownNumber: Number(feed.lastNumber),
      ...(await repeat(needs, kind, token, row, now)),
    }
  }
  if (behind === 0 || row.rotatedAt > arrived) return { kind: 'unsettled' }
  await withRevocation(needs, stamp => markSessionEnded(needs.db.prisma, row.id, 'REUSED', stamp))
  return { kind: 'reused', sessionId: row.id }
}

/** Presents a refresh token, with the client's own name for this attempt if it gave one. */
export const redeemRefreshToken = async (
  needs: Needs,
  token: RefreshToken,
  attemptId: string | null,
): Promise<RotationOutcome> => {
  const arrived = needs.clock()
  const attemptHash = attemptId === null ? null : new Uint8Array(sha256(attemptId))
  const successor = successorOf(needs.pepper, token)
  const [secretHash, nextSecretHash] = [hashRefreshToken(token), hashRefreshToken(successor)]
  const rotationAt = (now: Date): Rotation => ({
    sessionId: token.sessionId,
    generation: token.generation,
    secretHash,
    nextSecretHash,
    attemptHash,
    now,
    idleSince: idleSince(needs, now),
    graceSince: graceSince(needs, now),
  })
  const rotated = (moved: Rotated): RotationOutcome => ({ kind: 'rotated', token: successor, ...moved })
  const movedTogether = await needs.rotateTogether(rotationAt(arrived))
  if (movedTogether) return rotated(movedTogether)
  // A moment of its own: the grace time of whoever has waited this long begins when the row moves.
  const now = needs.clock()
  const moved = await rotateSession(needs.db, rotationAt(now))
  return moved ? rotated(moved) : judge(needs, token, attemptHash, { arrived, now })
}
