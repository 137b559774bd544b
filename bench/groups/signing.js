// How long signing an access token holds up everything else.
import { runJob } from '../harness/measure.js'
import { createCollection, summarize } from '../harness/rounds.js'
import { settings } from '../harness/settings.js'

const algorithms = ['RS256', 'ES256', 'HS256']

/** The group. */
export const signing = async () => {
  const collection = createCollection()
  for (let round = 0; round < settings.starts * settings.rounds; round++) {
    for (const algorithm of round % 2 ? algorithms : algorithms.toReversed()) {
      collection.keep(algorithm, await runJob('harness/sign.js', { algorithm, count: 2_000 }))
    }
  }
  const of = (algorithm, figure) => summarize(collection.of(algorithm).map(one => one[figure]))
  return {
    title: 'Signing an access token',
    how: `${settings.starts * settings.rounds} processes, 2,000 signatures each after as many to warm up`,
    rows: algorithms.map(algorithm => ({
      name: algorithm,
      figures: {
        'loop stands still, p50 ms': of(algorithm, 'standstillP50'),
        'loop stands still, p99 ms': of(algorithm, 'standstillP99'),
        'until the token is there, p50 ms': of(algorithm, 'wholeP50'),
      },
    })),
    goals: [
      {
        what: 'signing with RS256, for which the event loop stands still, p99, ms',
        ratio: of('RS256', 'standstillP99'),
        must: { atMost: 1 },
        aim: { atMost: 1 },
      },
    ],
  }
}
