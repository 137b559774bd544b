// How long the event loop stands still while Signet signs an access token: milliseconds, of many, one after another.
import { createSecretKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
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

const milliseconds = []
for (let turn = 0; turn < 2 * count; turn++) {
  const startedAt = performance.now()
  issue(subject)
  // The first half warms up.
  if (turn >= count) milliseconds.push(performance.now() - startedAt)
}
const sorted = milliseconds.toSorted((a, b) => a - b)
process.stdout.write(JSON.stringify({ p50: sorted[count >> 1], p99: sorted[Math.floor(count * 0.99)] }))
