// What happens to the sessions that somebody watches on this instance. All that ends or changes rights comes from the
// feed of revocations, and whether it concerns a watcher is asked of the denylist, as for every request.
import type { AuthenticationNeeds, Proof } from '../access/viewer.js'
import { findRefusal } from '../access/viewer.js'
import type { RevocationReason } from '../generated/prisma/enums.js'
import type { Revocation } from '../revocation/revocation.js'
import type { Session } from './session.js'

/** Why a session was signed out. */
export type SignOutReason = Exclude<RevocationReason, 'STALE'>

/** What a watcher is told. */
export type SessionEvent =
  | { readonly kind: 'signed-out'; readonly at: Date; readonly reason: SignOutReason }
  | { readonly kind: 'rights-changed'; readonly at: Date }
  | { readonly kind: 'signed-in'; readonly at: Date; readonly session: Session }

/** Who watches the session of an access token. */
export interface Watcher {
  readonly proof: Proof
  tell(event: SessionEvent): void
  /** This one token counts no more; its session goes on. */
  refuse(): void
}

/** The watchers of one instance. */
export interface SessionEvents {
  /** Watches until the function it gives is called. */
  watch(watcher: Watcher): () => void
  /** How many watch, in all or of one user. */
  count(userId?: string): number
  tellRevocations(records: readonly Revocation[]): void
  /** Tells the user's other sessions. */
  tellSignIn(session: Session): void
}

interface Watched {
  readonly watcher: Watcher
  /** The last change of rights that it has been told of, or whose outcome its token has. */
  toldNumber: number
}

/** Creates the hub; nobody watches yet. */
export const createSessionEvents = (needs: Pick<AuthenticationNeeds, 'denylist'>): SessionEvents => {
  const all = new Set<Watched>()
  // By the id of the user, of the session and of the token: whatever a record may name.
  const byId = new Map<string, Set<Watched>>()
  const idsOf = ({ proof: { viewer } }: Watcher) => [viewer.userId, viewer.sessionId, viewer.tokenId]

  const tellRevocation = (watched: Watched, record: Revocation): void => {
    const { watcher } = watched
    const refusal = findRefusal(needs, watcher.proof)
    if (!refusal) return
    const { kind, reason, revokedAt: at } = refusal
    if (kind === 'TOKEN') watcher.refuse()
    else if (reason !== 'STALE') watcher.tell({ kind: 'signed-out', at, reason })
    else if (record.number > watched.toldNumber) {
      // After a gap records come again, and each asks the client for a refresh.
      watched.toldNumber = record.number
      watcher.tell({ kind: 'rights-changed', at })
    }
  }

  return {
    watch: watcher => {
      const watched = { watcher, toldNumber: watcher.proof.knownNumber }
      all.add(watched)
      for (const id of idsOf(watcher)) byId.set(id, (byId.get(id) ?? new Set()).add(watched))
      return () => {
        all.delete(watched)
        for (const id of idsOf(watcher)) {
          byId.get(id)?.delete(watched)
          if (byId.get(id)?.size === 0) byId.delete(id)
        }
      }
    },
    count: userId => (userId === undefined ? all : byId.get(userId))?.size ?? 0,
    tellRevocations: records => {
      if (all.size === 0) return
      for (const record of records) {
        const concerned = record.subject === null ? all : byId.get(record.subject)
        // A copy: who is told may leave.
        for (const watched of [...(concerned ?? [])]) tellRevocation(watched, record)
      }
    },
    tellSignIn: session => {
      for (const { watcher } of [...(byId.get(session.userId) ?? [])]) {
        if (watcher.proof.viewer.sessionId === session.id) continue
        watcher.tell({ kind: 'signed-in', at: session.createdAt, session })
      }
    },
  }
}
