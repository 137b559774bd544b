// The order of a run's files: the fifty kills, by far the longest, begin at once, or nothing would run beside their end.
// Jest orders by what it measured before and, in a fresh checkout, by size, which says nothing here.
import Sequencer from '@jest/test-sequencer'

const isLongest = ({ path }) => path.endsWith('/journeys/kill.test.ts')

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => Number(isLongest(other)) - Number(isLongest(one)))
  }
}
