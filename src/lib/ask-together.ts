// One question for all who ask at the same moment.
import DataLoader from 'dataloader'

// A bound on how long one answer waits for those of a crowd. More at once cost hardly less.
const most = 32

/**
 * Makes a function whose callers of one turn of the event loop are answered together. `answerAll` gives one answer for each key, in
 * their order; what it throws, all of them get. Nothing is kept: a key that comes twice is asked for twice.
 */
export const askTogether = <Key, Answer>(
  answerAll: (keys: readonly Key[]) => Promise<Answer[]>,
): ((key: Key) => Promise<Answer>) => {
  const loader = new DataLoader<Key, Answer>(answerAll, {
    cache: false,
    maxBatchSize: most,
    batchScheduleFn: send => void setImmediate(send),
  })
  return key => loader.load(key)
}
