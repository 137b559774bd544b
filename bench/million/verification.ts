// What the verification of one access token takes, for the measure of what is asked after it.
import type { KeyPairKeyObjectResult } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import { createIssuer } from '../../dist/tokens/issue.js'
import { createTokenVerifier } from '../../dist/tokens/verify.js'
import type { Figure } from './statistics.js'
import { median, startCpuWatch } from './statistics.js'

const rounds = 5
const times = 2_000
const settings = { issuer: 'https://signet.example', audience: ['signet'], accessTokenSeconds: 900 }

/** Measures it for each algorithm. */
export const measureVerification = (keys: {
  readonly HS256: Uint8Array
  readonly ES256: KeyPairKeyObjectResult
  readonly RS256: KeyPairKeyObjectResult
}): Figure[] => {
  const shared = createSecretKey(keys.HS256)
  const pairs = {
    HS256: { privateKey: shared, publicKey: shared },
    ES256: keys.ES256,
    RS256: keys.RS256,
  }
  return (['HS256', 'ES256', 'RS256'] as const).map(algorithm => {
    const { privateKey, publicKey } = pairs[algorithm]
    const clock = (): Date => new Date()
    const issue = createIssuer({ clock, settings, signingKey: () => ({ kid: 'one', algorithm, privateKey }) })
    const verify = createTokenVerifier({ clock, settings, findKey: () => ({ algorithm, publicKey }) })
    const subject = { userId: crypto.randomUUID(), sessionId: crypto.randomUUID(), roles: [], knownNumber: 0 }
    const tokens = Array.from({ length: times }, () => issue(subject).accessToken)
    const nanoseconds = Array.from({ length: rounds }, () => {
      const used = startCpuWatch()
      for (const token of tokens) if (!verify(token).ok) throw new Error('a good token is refused')
      return used() / times
    })
    return {
      part: 'denylist',
      name: `verification of an access token, ${algorithm}`,
      value: median(nanoseconds),
      unit: 'ns',
    }
  })
}
