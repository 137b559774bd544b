// How long the event loop stands still while Signet signs an access token, and how long the token takes: milliseconds, of
// many, one after another.
import { createSecretKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createIssuer } from '../../dist/tokens/issue.js'

const { algorithm, count } = JSON.parse(await text(process.stdin))

const privateKeys = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  HS256: () => createSecretKey(randomBytes(32)),
}
const key = { kid: randomBytes(32).toString('base64url'), algorithm, privateKey: privateKeys[algorithm]() }
const issue = createIssuer({
  clock: () => new Date(),
  signingKey: () => key,
  settings: { issuer: 'http://127.0.0.1:4000', audience: ['signet'], accessTokenSeconds: 900 },
})
const subject = { userId: randomUUID(), sessionId: randomUUID(), roles: ['editor'], knownNumber: Date.now() }

// The longest turn of the loop until the token is there.
const sign = async () => {
  const startedAt = performance.now()
  let [isDone, longest, last] = [false, 0, startedAt]
  const pending = issue(subject).finally(() => {
    isDone = true
  })
  while (!isDone) {
    await nextTurn()
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  await pending
  return { standstill: longest, whole: last - startedAt }
}

// The first half warms up.
for (let turn = 0; turn < count; turn++) await sign()
const signed = []
while (signed.length < count) signed.push(await sign())
const at = (figure, share) =>
  signed.map(one => one[figure]).toSorted((a, b) => a - b)[Math.floor(count * share)]
process.stdout.write(
  JSON.stringify({
    standstillP50: at('standstill', 0.5),
    standstillP99: at('standstill', 0.99),
    wholeP50: at('whole', 0.5),
  }),
)
