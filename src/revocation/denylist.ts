// What this instance knows to be revoked, in memory: every verification asks here, and nowhere else.
import type { Entry, IdTable } from './id-table.js'
import { createIdTable, idWords } from './id-table.js'
import type { Refusal, RevocableToken, Revocation, RevocationKind } from './revocation.js'
import { revocationReasons } from './revocation.js'

/** The set of live revocations. */
export interface Denylist {
  /** Adding a record again, or out of order, changes nothing. */
  add(record: Revocation): void
  /** Why a token is refused, or null. What ended the session comes before what only made the token stale. */
  find(token: RevocableToken): Refusal | null
  /** Forgets a small part of what has expired. Called every second, it goes through everything in four minutes. */
  purge(now: Date): void
  /** How many records it holds. */
  count(): Readonly<Record<Lowercase<RevocationKind>, number>>
}

const toEntry = ({ number, reason, revokedAt, expiresAt }: Revocation): Entry => ({
  number,
  reason: revocationReasons.indexOf(reason),
  revokedAt: revokedAt.getTime(),
  expiresAt: expiresAt.getTime(),
})

const toRefusal = (kind: RevocationKind, { reason, revokedAt }: Entry): Refusal => ({
  kind,
  reason: revocationReasons[reason] ?? 'ADMIN',
  revokedAt: new Date(revokedAt),
})

const look = (table: IdTable, id: string): Entry | null => {
  if (table.size() === 0) return null
  const words = idWords(id)
  return words && table.find(words)
}

const isUnknownTo = (entry: Entry | null, { knownNumber }: RevocableToken): entry is Entry =>
  entry !== null && entry.number > knownNumber

/** Creates an empty set. */
export const createDenylist = (): Denylist => {
  const tokens = createIdTable()
  const sessions = createIdTable()
  const users = createIdTable()
  const staleUsers = createIdTable()
  let everybody: Entry | null = null

  const tableOf = ({ kind, reason }: Revocation): IdTable => {
    if (kind === 'TOKEN') return tokens
    if (kind === 'SESSION') return sessions
    return reason === 'STALE' ? staleUsers : users
  }

  return {
    add: record => {
      if (record.subject === null) {
        if (record.number > (everybody?.number ?? 0)) everybody = toEntry(record)
        return
      }
      const words = idWords(record.subject)
      if (words) tableOf(record).set(words, toEntry(record))
    },
    find: token => {
      const session = look(sessions, token.sessionId)
      if (session) return toRefusal('SESSION', session)
      const user = look(users, token.userId)
      if (isUnknownTo(user, token)) return toRefusal('USER', user)
      if (isUnknownTo(everybody, token)) return toRefusal('EVERYBODY', everybody)
      const single = look(tokens, token.tokenId)
      if (single) return toRefusal('TOKEN', single)
      const stale = look(staleUsers, token.userId)
      return isUnknownTo(stale, token) ? toRefusal('USER', stale) : null
    },
    purge: now => {
      for (const table of [tokens, sessions, users, staleUsers]) table.purgeNextPart(now.getTime())
      if (everybody && everybody.expiresAt <= now.getTime()) everybody = null
    },
    count: () => ({
      token: tokens.size(),
      session: sessions.size(),
      user: users.size() + staleUsers.size(),
      everybody: everybody ? 1 : 0,
    }),
  }
}
