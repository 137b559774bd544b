// A process that exchanges refresh tokens, one chain of them a connection: each request needs the answer before it, which
// autocannon has no way to say.
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

const { url, seconds, refreshTokens } = JSON.parse(await text(process.stdin))

const query = 'mutation ($input: RefreshInput) { refresh(input: $input) { accessToken refreshToken } }'
const agent = new Agent({ keepAlive: true, maxSockets: refreshTokens.length })

const exchange = refreshToken =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ query, variables: { input: { refreshToken } } })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, response =>
      text(response).then(answer => resolve(JSON.parse(answer)), reject),
    )
    sent.on('error', reject)
    sent.end(body)
  })

const milliseconds = []
const until = performance.now() + seconds * 1000
await Promise.all(
  refreshTokens.map(async first => {
    let refreshToken = first
    while (performance.now() < until) {
      const startedAt = performance.now()
      const { data, errors } = await exchange(refreshToken)
      if (errors) throw new Error(JSON.stringify(errors).slice(0, 300))
      refreshToken = data.refresh.refreshToken
      milliseconds.push(performance.now() - startedAt)
    }
  }),
)
agent.destroy()
const sorted = milliseconds.toSorted((a, b) => a - b)
const quantile = share => sorted[Math.floor(sorted.length * share)]
process.stdout.write(
  JSON.stringify({
    count: sorted.length,
    bad: 0,
    perSecond: sorted.length / seconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
  }),
)
