// The set in memory against a plain model, for any records in any order.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { v4, v7 } from 'uuid'
import { createDenylist } from '../../src/revocation/denylist.js'
import { createIdTable, idWords } from '../../src/revocation/id-table.js'
import type { RevocableToken, Revocation } from '../../src/revocation/revocation.js'

const at = new Date('2026-11-24T12:00:00.123Z')
const expiresAt = new Date('2026-11-24T12:20:00Z')
const ids = Array.from({ length: 6 }, () => v7())
const anyId = fc.constantFrom(...ids)

const record: fc.Arbitrary<Revocation> = fc
  .record({
    number: fc.integer({ min: 1, max: 30 }),
    kind: fc.constantFrom('TOKEN', 'SESSION', 'USER', 'EVERYBODY'),
    id: anyId,
    reason: fc.constantFrom('LOGOUT', 'ADMIN', 'DISABLED'),
    stale: fc.boolean(),
  })
  .map(({ number, kind, id, reason, stale }) => ({
    number,
    kind,
    subject: kind === 'EVERYBODY' ? null : id,
    reason: kind === 'USER' && stale ? 'STALE' : reason,
    revokedAt: at,
    expiresAt,
  }))

const token: fc.Arbitrary<RevocableToken> = fc.record({
  tokenId: anyId,
  sessionId: anyId,
  userId: anyId,
  knownNumber: fc.integer({ min: 0, max: 31 }),
})

const concerns = ({ kind, subject, number }: Revocation, of: RevocableToken): boolean => {
  switch (kind) {
    case 'TOKEN':
      return subject === of.tokenId
    case 'SESSION':
      return subject === of.sessionId
    case 'USER':
      return subject === of.userId && number > of.knownNumber
    case 'EVERYBODY':
      return number > of.knownNumber
  }
}

test('a token is refused exactly when a record concerns it, and is stale only when nothing ended its session', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), fc.array(token, { minLength: 5 }), (records, tokens) => {
      const denylist = createDenylist()
      for (const one of records) denylist.add(one)
      for (const one of tokens) {
        const found = denylist.find(one)
        const concerned = records.filter(each => concerns(each, one))
        expect(found !== null).toBe(concerned.length > 0)
        if (!found) continue
        expect(concerned).toContainEqual(expect.objectContaining({ kind: found.kind, reason: found.reason }))
        expect(found.revokedAt).toEqual(at)
        expect(found.reason === 'STALE').toBe(concerned.every(({ reason }) => reason === 'STALE'))
      }
    }),
    { numRuns: 500 },
  )
})

test('records in any order, and any number of times, make the same set', () => {
  fc.assert(
    fc.property(fc.array(record), fc.array(token), (records, tokens) => {
      // Two records have one number only when they are one record.
      const distinct = [...new Map(records.map(one => [one.number, one])).values()]
      const [once, again] = [createDenylist(), createDenylist()]
      for (const one of distinct) once.add(one)
      for (const one of [...distinct, ...distinct].reverse()) again.add(one)
      for (const one of tokens) expect(again.find(one)).toEqual(once.find(one))
      expect(again.count()).toEqual(once.count())
    }),
  )
})

test('what has expired is forgotten, and nothing else', () => {
  const denylist = createDenylist()
  const live = { number: 1, kind: 'SESSION', reason: 'LOGOUT', revokedAt: at } as const
  const soon = new Date('2026-11-24T12:01:00Z')
  const sessions = Array.from({ length: 2_000 }, () => v7())
  for (const [index, subject] of sessions.entries())
    denylist.add({ ...live, subject, expiresAt: index % 2 ? soon : expiresAt })
  denylist.add({ ...live, kind: 'EVERYBODY', subject: null, expiresAt: soon })
  const isRevoked = (sessionId: string) =>
    denylist.find({ sessionId, tokenId: v7(), userId: v7(), knownNumber: 5 }) !== null
  for (let part = 0; part < 256; part++) denylist.purge(new Date(soon.getTime() - 1_000))
  expect(denylist.count()).toEqual({ token: 0, session: 2_000, user: 0, everybody: 1 })
  for (let part = 0; part < 256; part++) denylist.purge(soon)
  expect(denylist.count()).toEqual({ token: 0, session: 1_000, user: 0, everybody: 0 })
  expect(sessions.map(isRevoked)).toEqual(sessions.map((_, index) => index % 2 === 0))
  for (let part = 0; part < 256; part++) denylist.purge(expiresAt)
  expect(denylist.count()).toEqual({ token: 0, session: 0, user: 0, everybody: 0 })
})

test('a table of a hundred thousand ids finds each of them and no other', () => {
  const table = createIdTable()
  const make = (id: string) => idWords(id) ?? [0, 0, 0, 0]
  const known = Array.from({ length: 100_000 }, (_, index) => (index % 2 ? v7() : v4()))
  for (const [index, id] of known.entries())
    table.set(make(id), { number: index, reason: index % 7, revokedAt: index, expiresAt: 1_000 })
  expect(table.size()).toBe(100_000)
  for (const [index, id] of known.entries()) {
    const entry = table.find(make(id))
    if (entry?.number !== index || entry.reason !== index % 7 || entry.revokedAt !== index)
      throw new Error(`number ${index} was found as ${JSON.stringify(entry)}`)
  }
  expect(Array.from({ length: 10_000 }, () => table.find(make(v7()))).filter(Boolean)).toEqual([])
})

test('ids that meet in one place of the table stay apart', () => {
  const table = createIdTable()
  const entry = { reason: 0, revokedAt: 0, expiresAt: 1_000 }
  for (let number = 0; number < 500; number++) table.set([number, 7, 256, 16], { ...entry, number })
  for (let number = 0; number < 500; number++) expect(table.find([number, 7, 256, 16])?.number).toBe(number)
  expect(table.find([500, 7, 256, 16])).toBeNull()
})

test('what is no id is not in the set, and throws nothing', () => {
  const denylist = createDenylist()
  denylist.add({ number: 1, kind: 'SESSION', subject: v7(), reason: 'LOGOUT', revokedAt: at, expiresAt })
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ minLength: 36, maxLength: 36 })), text => {
      expect(denylist.find({ sessionId: text, tokenId: text, userId: text, knownNumber: 0 })).toBeNull()
    }),
  )
})
