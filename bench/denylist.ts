// The set of revocations by itself, at a million entries: look-up beside the verification of a signature, bytes an
// entry, pauses of the garbage collector while it fills. Run with --expose-gc; prints its figures as JSON.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createDenylist } from '../dist/revocation/denylist.js'
import type { RevocableToken, Revocation } from '../dist/revocation/revocation.js'
import type { Figure } from './million/statistics.js'
import { largest, median, startCpuWatch } from './million/statistics.js'
import { measureVerification } from './million/verification.js'

const entries = Number(process.argv[2] ?? 1_000_000)
const batch = 5_000
const lookups = 200_000
const rounds = 7

const pauses: number[] = []
new PerformanceObserver(list => {
  for (const { duration } of list.getEntries()) pauses.push(duration)
}).observe({ entryTypes: ['gc'] })

// Twice: the memory behind arrays is given back only after those that the first one found dead are finalised.
const collect = async (): Promise<{ heap: number; outside: number }> => {
  if (!globalThis.gc) throw new Error('start with --expose-gc')
  globalThis.gc()
  await sleep(100)
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return { heap: heapUsed, outside: external }
}

const revokedAt = new Date()
const expiresAt = new Date(revokedAt.getTime() + 3_600_000)
const kinds = ['SESSION', 'USER', 'TOKEN'] as const

// A text as JSON.parse gives one: randomUUID's is a chain of small pieces, which whoever reads it first would pay for.
const newId = (): string => Buffer.from(randomUUID(), 'latin1').toString('latin1')

const token = (over: Partial<RevocableToken> = {}): RevocableToken => ({
  tokenId: newId(),
  sessionId: newId(),
  userId: newId(),
  knownNumber: 0,
  ...over,
})

/** Fills a set in turns, as the feed does; gives some of the ids. */
const fill = async (kindOf: (number: number) => Revocation['kind'], count: number) => {
  const denylist = createDenylist()
  const kept: string[] = []
  for (let number = 1; number <= count; number++) {
    const subject = newId()
    if (number % 50 === 0) kept.push(subject)
    const reason = number % 2 === 0 ? 'STALE' : 'ADMIN'
    denylist.add({ number, kind: kindOf(number), subject, reason, revokedAt, expiresAt })
    if (number % batch === 0) await nextTurn()
  }
  return { denylist, kept }
}

/** Nanoseconds of processor time a look-up, the median of some rounds. */
const time = (
  { find }: Pick<Awaited<ReturnType<typeof fill>>['denylist'], 'find'>,
  tokens: readonly RevocableToken[],
  refused: boolean,
): number => {
  const nanoseconds: number[] = []
  for (let round = 0; round < rounds; round++) {
    const used = startCpuWatch()
    let found = 0
    for (const one of tokens) if (find(one)) found++
    nanoseconds.push(used() / tokens.length)
    if ((found === tokens.length) !== refused) throw new Error('the set has forgotten something')
  }
  return median(nanoseconds)
}

/** The longest time, in milliseconds, that the machine kept a loop waiting which does nothing but look at the clock. */
const measureStall = (milliseconds: number): number => {
  let longest = 0
  const until = performance.now() + milliseconds
  for (let last = performance.now(); last < until; ) {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  return longest
}

const line = (name: string, value: number, unit: string, aim?: number): Figure => ({
  part: 'denylist',
  name,
  value,
  unit,
  ...(aim !== undefined && { aim }),
})

const before = await collect()
pauses.length = 0
const startedAt = performance.now()
const { denylist, kept } = await fill(() => 'SESSION', entries)
const fillMilliseconds = performance.now() - startedAt
await nextTurn()
const longestPause = largest(pauses)
const after = await collect()

const strangers = Array.from({ length: lookups }, () => token())
const revoked = Array.from({ length: lookups }, (_, index) =>
  token({ sessionId: kept[index % kept.length] ?? '' }),
)
const miss = time(denylist, strangers, false)
const hit = time(denylist, revoked, true)
// A good token in the worst case: records of every kind, so that all four tables are asked.
const mixed = await fill(number => kinds[number % kinds.length] ?? 'SESSION', entries)
const missOfAll = time(mixed.denylist, strangers, false)

// The set keeps expiries in whole seconds, rounded up.
const allExpiredAt = new Date(expiresAt.getTime() + 1000)
const purgeStartedAt = performance.now()
let longestPurge = 0
for (let part = 0; part < 256; part++) {
  const partStartedAt = performance.now()
  denylist.purge(allExpiredAt)
  longestPurge = Math.max(longestPurge, performance.now() - partStartedAt)
}
const purgeMilliseconds = performance.now() - purgeStartedAt
if (denylist.count().session !== 0) throw new Error('a purge has left something')

const secret = randomBytes(32)
const keys = {
  HS256: secret,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
const figures: Figure[] = [
  line('entries', entries, ''),
  line(
    'kept',
    (after.heap + after.outside - before.heap - before.outside) / 2 ** 20,
    'MB',
    (64 * entries) / 1e6,
  ),
  line('an entry', (after.heap + after.outside - before.heap - before.outside) / entries, 'bytes'),
  line('look-up of a good token', miss, 'ns', 1000),
  line('look-up of a revoked session', hit, 'ns', 1000),
  line('four look-ups: a good token, with records of every kind', missOfAll, 'ns'),
  ...(await measureVerification(keys)),
  line('to fill it', fillMilliseconds, 'ms'),
  line('longest pause of the collector while it fills', longestPause, 'ms', 20),
  line('longest stall of a loop that does nothing, for as long', measureStall(fillMilliseconds), 'ms'),
  line('longest step of a purge in which all expired', longestPurge, 'ms'),
  line('all 256 steps', purgeMilliseconds, 'ms'),
]
process.stdout.write(JSON.stringify(figures))
