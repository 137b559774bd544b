// A process that loads one address with autocannon, as told on its standard input, and tells the figures.
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

const { url, seconds, connections, requests } = JSON.parse(await text(process.stdin))

// Each connection has requests of its own, and sends them in turn: all are in use from the first moment. autocannon counts
// the time that it takes to write all of them beforehand as time under load, so the time is taken here.
let connected = 0
let startedAt = 0
const equip = client => {
  const place = connected++ % connections
  client.setRequests(requests.filter((_, at) => at % connections === place))
  startedAt = performance.now()
}

const result = await autocannon({
  url,
  duration: seconds,
  connections,
  // How often it looks whether the time is over, in milliseconds.
  sampleInt: 100,
  requests: requests.slice(0, 1),
  setupClient: equip,
  // GraphQL tells a fault with a 200, too.
  verifyBody: body => !body.includes('"errors"'),
})
const loadedSeconds = (performance.now() - startedAt) / 1_000
process.stdout.write(
  JSON.stringify({
    count: result['2xx'],
    bad: result.non2xx + result.errors + result.timeouts + result.mismatches,
    perSecond: result['2xx'] / loadedSeconds,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }),
)
