// A process that loads one address with autocannon, as told on its standard input, and tells the figures.
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

const { url, seconds, connections, requests, rate } = JSON.parse(await text(process.stdin))

const result = await autocannon({
  url,
  duration: seconds,
  connections,
  requests,
  // What a request waits at the server is asked, not when the load would rather have sent it.
  ...(rate && { overallRate: rate, ignoreCoordinatedOmission: true }),
})
process.stdout.write(
  JSON.stringify({
    count: result['2xx'],
    bad: result.non2xx + result.errors + result.timeouts,
    perSecond: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }),
)
