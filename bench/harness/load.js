// A process that loads one address with autocannon, as told on its standard input, and tells the figures; with a `pid`, what
// that process used meanwhile, too.
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'
import { cpuMicroseconds } from './process.js'

const { url, pid, wakeSeconds = 0, seconds, connections, requests } = JSON.parse(await text(process.stdin))

const used = () => (pid === undefined ? 0 : cpuMicroseconds(pid))

// Each connection has requests of its own, and sends them in turn: all are in use from the first moment. autocannon counts
// the time that it takes to write all of them beforehand as time under load, so the time is taken here.
const loadFor = async duration => {
  let connected = 0
  let [startedAt, usedBefore] = [0, 0]
  const equip = client => {
    const place = connected++ % connections
    client.setRequests(requests.filter((_, at) => at % connections === place))
    startedAt = performance.now()
    usedBefore = used()
  }
  const result = await autocannon({
    url,
    duration,
    connections,
    // How often it looks whether the time is over, in milliseconds.
    sampleInt: 100,
    requests: requests.slice(0, 1),
    setupClient: equip,
    // GraphQL tells a fault with a 200, too.
    verifyBody: body => !body.includes('"errors"'),
  })
  const loadedSeconds = (performance.now() - startedAt) / 1_000
  return {
    count: result['2xx'],
    bad: result.non2xx + result.errors + result.timeouts + result.mismatches,
    cpu: (used() - usedBefore) / result['2xx'],
    perSecond: result['2xx'] / loadedSeconds,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }
}

// Woken before, for a moment: after the turns of all others the machine's caches know nothing of this server.
if (wakeSeconds > 0) await loadFor(wakeSeconds)
process.stdout.write(JSON.stringify(await loadFor(seconds)))
