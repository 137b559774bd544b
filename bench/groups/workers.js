// One worker against two: what a second core brings. The load takes a part of the same cores, so less than twice as much.
import { operations, requestsOf, signetTokens, startSignet } from '../harness/contenders.js'
import { load } from '../harness/measure.js'
import { alternate, createCollection, describeRounds, summarize } from '../harness/rounds.js'
import { connections, settings } from '../harness/settings.js'

/** The group. */
export const workers = async bench => {
  const collection = createCollection()
  for (let start = 0; start < settings.starts; start++) {
    const running = []
    try {
      for (const count of [1, 2]) {
        const signet = await startSignet(bench, { SIGNET_WORKERS: String(count) })
        running.push({ ...signet, name: `${count} at work`, ...(await signetTokens(signet.url)) })
      }
      const measure = (contender, seconds) =>
        load({
          url: contender.url,
          seconds,
          connections: 4 * connections,
          requests: requestsOf(contender, operations.viewer),
        })
      await alternate(running, settings.rounds, measure, collection.keep)
    } finally {
      await Promise.all(running.map(({ stop }) => stop()))
    }
  }
  const of = (name, figure) => summarize(collection.of(name).map(one => one[figure]))
  return {
    title: '`viewer` by one worker and by two',
    how: describeRounds(`autocannon, ${4 * connections} connections`),
    rows: collection.names().map(name => ({
      name,
      figures: { 'requests a second': of(name, 'perSecond'), 'p99 ms': of(name, 'p99') },
    })),
    goals: [],
  }
}
