// Loaded into an instance ahead of Signet (node --expose-gc --import): watches its garbage collector and its event
// loop, and answers a message of its parent with what they did and what memory is in use after a full collection.
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/** What an instance says of itself. Bytes and milliseconds. */
export interface ProbeReading {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
  readonly longestPause: number
  readonly longestDelay: number
  /** Processor time since the process began, in milliseconds. */
  readonly cpu: number
}

let longestPause = 0
new PerformanceObserver(list => {
  for (const { duration } of list.getEntries()) longestPause = Math.max(longestPause, duration)
}).observe({ entryTypes: ['gc'] })
const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()

process.on('message', async () => {
  const { rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const cpu = (user + system) / 1000
  const longestDelay = delays.max / 1e6
  const pause = longestPause
  // Twice: the memory behind buffers is given back only after those that the first one found dead are finalised.
  globalThis.gc?.()
  await new Promise(resolve => setTimeout(resolve, 100))
  globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  const reading: ProbeReading = {
    rss,
    heapUsed,
    external,
    arrayBuffers,
    longestPause: pause,
    longestDelay,
    cpu,
  }
  process.send?.(reading)
})
// The instance ends when Signet does, not when its parent stops to listen.
process.channel?.unref()
