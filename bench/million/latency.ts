// Refresh and login on a small database and a large one, in rounds that alternate, so that whatever else the machine
// does meets both.
import { logIn, refresh } from './ask.js'
import type { Population } from './population.js'
import { password } from './population.js'
import type { Figure } from './statistics.js'
import { median, percentile, repeatFor } from './statistics.js'

/** A database with an instance on it. */
export interface Side {
  readonly name: string
  readonly url: string
  readonly population: Population
  /** Refreshes a session that is drawn by chance and that no other call holds. */
  readonly refreshAny: () => Promise<{ readonly milliseconds: number }>
}

const rounds = 10
const seconds = 3
const connections = { refresh: 8, login: 2 }

/** Draws an index by chance. */
export const drawIndex = ({ count }: Population): number => Math.floor(Math.random() * count)

/** Makes a side. */
export const createSide = (name: string, url: string, population: Population): Side => {
  const current = new Map<number, string>()
  const held = new Set<number>()
  return {
    name,
    url,
    population,
    refreshAny: async () => {
      let index = drawIndex(population)
      while (held.has(index)) index = drawIndex(population)
      held.add(index)
      const token = current.get(index) ?? population.firstRefreshToken(index)
      const refreshed = await refresh(url, token)
      current.set(index, refreshed.refreshToken)
      held.delete(index)
      return refreshed
    },
  }
}

const compare = async (
  part: 'refresh' | 'login',
  sides: readonly [Side, Side],
  one: (side: Side) => Promise<{ readonly milliseconds: number }>,
  onRound: (round: number, of: number) => void,
): Promise<Figure[]> => {
  const results = sides.map(side => ({ side, rounds: [] as number[][] }))
  for (let round = 0; round <= rounds; round++) {
    onRound(round, rounds)
    for (const result of round % 2 ? results : results.toReversed()) {
      const times = await repeatFor(seconds, connections[part], () => one(result.side))
      // The first is to warm up.
      if (round > 0) result.rounds.push(times)
    }
  }
  const summaries = results.map(({ side, rounds }) => ({
    name: side.name,
    p50: median(rounds.map(times => percentile(times, 0.5))),
    p99: median(rounds.map(times => percentile(times, 0.99))),
    rate: median(rounds.map(times => times.length / seconds)),
  }))
  const [small, large] = summaries
  if (!small || !large) throw new Error('there are two sides')
  const ratio = (name: 'p50' | 'p99'): number => large[name] / small[name]
  return [
    ...summaries.flatMap(({ name, p50, p99, rate }): Figure[] => [
      { part, name: `${name}: p50`, value: p50, unit: 'ms' },
      { part, name: `${name}: p99`, value: p99, unit: 'ms' },
      { part, name: `${name}: rate`, value: rate, unit: '/s' },
    ]),
    { part, name: 'large / small: p50', value: ratio('p50'), unit: 'times' },
    { part, name: 'large / small: p99', value: ratio('p99'), unit: 'times', aim: 1.5 },
    { part, name: 'small / large: rate', value: small.rate / large.rate, unit: 'times' },
  ]
}

/** Measures refreshes. */
export const measureRefresh = (
  sides: readonly [Side, Side],
  onRound: (round: number, of: number) => void,
): Promise<Figure[]> => compare('refresh', sides, side => side.refreshAny(), onRound)

/** Measures logins with a password. */
export const measureLogin = (
  sides: readonly [Side, Side],
  onRound: (round: number, of: number) => void,
): Promise<Figure[]> =>
  compare(
    'login',
    sides,
    ({ url, population }) => logIn(url, population.email(drawIndex(population)), password),
    onRound,
  )
