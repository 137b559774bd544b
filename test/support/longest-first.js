// The order of a run's files: the one that takes longest by far begins at once, for nothing would run beside its end.
// Jest orders by what it measured before and, in a fresh checkout, by size, which says nothing here.
import Sequencer from '@jest/test-sequencer'

const longest = ['/journeys/kill.test.ts', '/keys/rotation.test.ts', '/interop/rotation.test.ts']

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const at = longest.findIndex(name => path.endsWith(name))
      return at < 0 ? longest.length : at
    }
    return super.sort(tests).sort((one, other) => place(one) - place(other))
  }
}
