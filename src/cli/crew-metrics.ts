// The metrics of all workers together. What a worker counted is not forgotten when it ends: a sum that falls would look
// like a start from zero to Prometheus, and what remains of it be counted again.
import { sleep } from '../lib/clock.js'
import type { MetricsPage, Reading } from '../lib/metrics-together.js'
import { keepCounts, printTogether, putTogether } from '../lib/metrics-together.js'
import type { Member } from './member.js'

/** Reads workers and prints what they say. */
export interface CrewMetrics {
  /** Counts this worker in from now on. */
  follow(member: Member): void
  print(): Promise<MetricsPage>
}

// One that is too busy to answer is told of as it was when last read.
const patienceMilliseconds = 2_000

/** Begins without workers. */
export const createCrewMetrics = (): CrewMetrics => {
  const last = new Map<Member, Reading>()
  const waiting = new Map<number, (reading: Reading) => void>()
  let departed: Reading = []
  let lastId = 0

  const read = async (member: Member): Promise<void> => {
    lastId++
    const id = lastId
    const answered = new Promise<Reading>(resolve => waiting.set(id, resolve))
    member.send({ kind: 'read', id })
    const patience = new AbortController()
    const reading = await Promise.race([answered, member.ended, sleep(patienceMilliseconds, patience.signal)])
    patience.abort()
    waiting.delete(id)
    if (typeof reading === 'object' && last.has(member)) last.set(member, reading)
  }

  const print = async (): Promise<MetricsPage> => {
    await Promise.all([...last.keys()].map(read))
    return printTogether([...last.values(), departed])
  }

  return {
    print,
    follow: member => {
      last.set(member, [])
      member.onReport(report => {
        if (report.kind === 'reading') waiting.get(report.id)?.(report.reading)
        if (report.kind === 'print')
          void print().then(page => member.send({ kind: 'page', id: report.id, page }))
      })
      void member.ended.then(async () => {
        const reading = keepCounts(last.get(member) ?? [])
        last.delete(member)
        departed = await putTogether([departed, reading])
      })
    },
  }
}
