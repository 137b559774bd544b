// How many of Signet's password checks this machine does a second, when it does nothing else: a thread for each core.
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'

process.env.UV_THREADPOOL_SIZE = String(availableParallelism())
const { createPasswordHashing } = await import('../../dist/sign-in/password/hash.js')

const { seconds } = JSON.parse(await text(process.stdin))
const passwords = createPasswordHashing(availableParallelism())
const stored = await passwords.hash('a long enough password')
let count = 0
const until = performance.now() + seconds * 1000
const check = async () => {
  while (performance.now() < until) {
    await passwords.matches(stored, 'a long enough password')
    count++
  }
}
await Promise.all(Array.from({ length: availableParallelism() * 2 }, check))
process.stdout.write(JSON.stringify({ perSecond: count / seconds }))
