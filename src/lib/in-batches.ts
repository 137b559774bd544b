// Does much in short steps, so that nobody waits long for any of them.

const batch = 1_000

/** Repeats a step that does at most so many, until one does fewer; gives how many were done in all. */
export const inBatches = async (step: (limit: number) => Promise<number>): Promise<number> => {
  let total = 0
  for (let done = batch; done === batch; total += done) done = await step(batch)
  return total
}
