// The workers: started, and replaced when they die, but not in a hot loop.
import type { Stopwatch } from '../lib/clock.js'
import { sleep } from '../lib/clock.js'
import type { Log } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'
import type { CrewMetrics } from './crew-metrics.js'
import type { Member, Place } from './member.js'
import { hire } from './member.js'
import type { Opening } from './worker-messages.js'

interface Needs {
  readonly stopwatch: Stopwatch
  readonly log: Log
  readonly metrics: Pick<CrewMetrics, 'follow'>
}

/** Workers that answer together. */
export interface Crew {
  /** Resolves when all of them answer; rejects with StartError when one ends before. */
  readonly ready: Promise<Place>
  /** Resolves when they die again and again and none is left. */
  readonly failure: Promise<StartError>
  /** Lets all of them finish what they have begun; resolves when none is left. */
  stop(): Promise<void>
}

/** A worker that lived for so long was well: a pause after it is the shortest again. */
const settledSeconds = 10
const firstPauseMilliseconds = 100
const longestPauseMilliseconds = 5_000
/** So many deaths, each soon after a start, are no accident. */
const mostDeathsInARow = 8
/** Longer than a process may take to answer what it has begun (http/drain.ts), and to close. */
const stopMilliseconds = 40_000

/** Starts so many workers. */
export const startCrew = (
  { stopwatch, log, metrics }: Needs,
  size: number,
  means: Omit<Opening, 'port'>,
): Crew => {
  const members = new Set<Member>()
  const stopping = new AbortController()
  const { signal } = stopping
  let inARow = 0
  let fail = (_: StartError): void => {}
  const failure = new Promise<StartError>(resolve => {
    fail = resolve
  })

  const add = (): Member => {
    const member = hire()
    members.add(member)
    void member.awake.then(() => metrics.follow(member))
    void member.ended.then(() => members.delete(member))
    return member
  }

  /** Whoever takes a place that is free, until all of them stop. */
  const keepPlace = async (first: Member, port: number): Promise<void> => {
    let member = first
    while (!signal.aborted) {
      const startedAt = stopwatch()
      const reason = await member.ended
      if (signal.aborted) return
      inARow = stopwatch() - startedAt < settledSeconds ? inARow + 1 : 1
      log.error({ reason }, 'a worker ended; another takes its place')
      if (inARow >= mostDeathsInARow && ![...members].some(({ isServing }) => isServing())) {
        fail(new StartError(`The workers end again and again, and none is left. ${reason}`))
        return
      }
      const pause = Math.min(firstPauseMilliseconds * 2 ** (inARow - 1), longestPauseMilliseconds)
      await sleep(pause, signal)
      if (signal.aborted) return
      member = add()
      member.open({ ...means, port })
    }
  }

  const begin = async (): Promise<Place> => {
    const all = Array.from({ length: size }, add)
    const [first, ...others] = all
    if (!first) throw new StartError('There are no workers.')
    // Alone: what is made once (tables, keys) is made by one, and what is wrong is said by one.
    first.open({ ...means, port: null })
    const place = await first.ready
    for (const member of others) member.open({ ...means, port: place.port })
    await Promise.all(others.map(({ ready }) => ready))
    for (const member of all) void keepPlace(member, place.port)
    return place
  }

  return {
    ready: begin(),
    failure,
    stop: async () => {
      stopping.abort()
      for (const member of members) member.stop()
      const impatience = setTimeout(() => {
        log.error('a worker does not end by itself')
        for (const member of members) member.kill()
      }, stopMilliseconds)
      await Promise.all([...members].map(({ ended }) => ended))
      clearTimeout(impatience)
    },
  }
}
