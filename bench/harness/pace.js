// A process that sends a request every few milliseconds, whatever became of the one before, and tells how long the answers
// took. autocannon, told a rate, sends a second's requests at once.
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

const { url, seconds, perSecond, requests } = JSON.parse(await text(process.stdin))

const agent = new Agent({ keepAlive: true })
const milliseconds = []
let bad = 0

const send = ({ method, headers, body }) =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const sent = request(url, { method, headers, agent }, response =>
      text(response).then(answer => {
        milliseconds.push(performance.now() - startedAt)
        if (response.statusCode !== 200 || answer.includes('"errors"')) bad += 1
        resolve()
      }, reject),
    )
    sent.on('error', reject)
    sent.end(body)
  })

const sending = []
const startedAt = performance.now()
await new Promise(resolve => {
  const ticking = setInterval(() => {
    const due = Math.min(seconds, (performance.now() - startedAt) / 1000) * perSecond
    while (sending.length < due) sending.push(send(requests[sending.length % requests.length]))
    if (sending.length < seconds * perSecond) return
    clearInterval(ticking)
    resolve()
  }, 1)
})
await Promise.all(sending)
agent.destroy()
const sorted = milliseconds.toSorted((a, b) => a - b)
const quantile = share => sorted[Math.floor(sorted.length * share)]
process.stdout.write(JSON.stringify({ count: sorted.length, bad, p50: quantile(0.5), p99: quantile(0.99) }))
