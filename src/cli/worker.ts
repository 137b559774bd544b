// The program of a worker: one of several processes that answer on one port. It opens nothing before the first process
// gives it the means, ends when that one says so, and does not outlive it (node's cluster ends a worker whose channel closes).
import cluster from 'node:cluster'
import { readConfig } from '../config.js'
import { systemClock, systemStopwatch } from '../lib/clock.js'
import type { MetricsPage } from '../lib/metrics-together.js'
import { wordsOf } from '../lib/start-error.js'
import { openProcessLog } from './process-log.js'
import { createOwnMetrics, serve } from './serve.js'
import type { Opening, Order, Report } from './worker-messages.js'

// A Ctrl-C in a terminal reaches every process of the group; only the first one answers to signals.
process.on('SIGTERM', () => {})
process.on('SIGINT', () => {})

const report = (message: Report): Promise<void> =>
  new Promise(resolve => {
    if (process.send) process.send(message, () => resolve())
  })

const config = readConfig()
const log = openProcessLog(config, { worker: process.pid })
const own = createOwnMetrics(config)

const pages = new Map<number, (page: MetricsPage) => void>()
let lastPage = 0
/** The metrics of all workers: whichever is asked, the answer is the same. */
const print = (): Promise<MetricsPage> =>
  new Promise(resolve => {
    lastPage++
    pages.set(lastPage, resolve)
    void report({ kind: 'print', id: lastPage })
  })

let stop = (): void => {}
const stopped = new Promise<null>(resolve => {
  stop = () => resolve(null)
})
const opened = new Promise<Opening>(resolve => {
  cluster.worker?.on('message', (order: Order) => {
    switch (order.kind) {
      case 'open':
        return resolve(order)
      case 'stop':
        return stop()
      case 'read':
        return void own.read().then(reading => report({ kind: 'reading', id: order.id, reading }))
      case 'page':
        pages.get(order.id)?.(order.page)
        pages.delete(order.id)
    }
  })
})

try {
  await report({ kind: 'awake' })
  const opening = await Promise.race([opened, stopped])
  if (opening) {
    const { secret, connection, port } = opening
    const ground = {
      secret,
      openDatabase: async () => ({ connection, stop: async () => {} }),
      release: async () => {},
    }
    const needs = { clock: systemClock, stopwatch: systemStopwatch, log }
    const metrics = { ...own, print }
    // The metrics' own port is the first process' to open.
    const signet = await serve(needs, { ...config, metricsListen: null }, { ground, port, metrics })
    await report({ kind: 'ready', url: signet.url, port: signet.port })
    await stopped
    await signet.close()
  }
  process.exit(0)
} catch (fault) {
  await report({ kind: 'failed', reason: wordsOf(fault) })
  process.exit(1)
}
