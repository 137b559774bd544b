// Waits for what comes by itself, such as word from another instance.
import { setTimeout as sleep } from 'node:timers/promises'

/** Tries until it does not throw; throws what it threw last when twenty seconds are over. */
export const eventually = async <T>(attempt: () => Promise<T> | T): Promise<T> => {
  const giveUpAt = performance.now() + 20_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > giveUpAt) throw error
      await sleep(10)
    }
  }
}
