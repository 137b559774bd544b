// Rounds that alternate, every other one in reverse, so that what disturbs the machine disturbs all contenders alike.
import { settings } from './settings.js'

/**
 * Measures every contender in each round, for so many seconds; calls `keep(name, figures)` with what came. The first round
 * only warms up, for longer: a server runs for days, and what it costs while node still compiles it says little.
 */
export const alternate = async (contenders, rounds, measure, keep) => {
  for (let round = 0; round <= rounds; round++) {
    for (const contender of round % 2 ? contenders : contenders.toReversed()) {
      const figures = await measure(contender, round === 0 ? settings.warmSeconds : settings.seconds)
      if (round > 0) keep(contender.name, figures)
    }
  }
}

/** Collects figures by contender: a list of objects each. */
export const createCollection = () => {
  const all = new Map()
  return {
    keep: (name, figures) => all.set(name, [...(all.get(name) ?? []), figures]),
    of: name => all.get(name) ?? [],
    names: () => [...all.keys()],
  }
}

/** Median, least and most. */
export const summarize = values => {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted.at(-1) }
}

/** The median of the ratios of two contenders, round by round: what disturbed one disturbed the other. */
export const ratioOf = (collection, one, other, figure) =>
  summarize(collection.of(one).map((figures, index) => figures[figure] / collection.of(other)[index][figure]))

/** How contenders were measured that alternated. */
export const describeRounds = load =>
  `${settings.starts} starts of ${settings.rounds} rounds of ${settings.seconds} s, every other one in reverse, after ${settings.warmSeconds} s to warm up; ${load}`
