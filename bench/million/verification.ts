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
export const measureVerification = async (keys: {
  readonly HS256: Uint8Array
  readonly ES256: KeyPairKeyObjectResult
  readonly RS256: KeyPairKeyObjectResult
}): Promise<Figure[]> => {
  const shared = createSecretKey(keys.HS256)
  const pairs = {
    HS256: { privateKey: shared, publicKey: shared },
    ES256: keys.ES256,
    RS256: keys.RS256,
  }
  const measure = async (algorithm: keyof typeof pairs): Promise<Figure> => {
    const { privateKey, publicKey } = pairs[algorithm]
    const clock = (): Date => new Date()
    const issue = createIssuer({ clock, settings, signingKey: () => ({ kid: 'one', algorithm, privateKey }) })
    const subject = { userId: crypto.randomUUID(), sessionId: crypto.randomUUID(), roles: [], knownNumber: 0 }
    const tokens: string[] = []
    while (tokens.length < times) tokens.push((await issue(subject)).accessToken)
    const nanoseconds = Array.from({ length: rounds }, () => {
      // A new one each time: it remembers what it verified.
      const verify = createTokenVerifier({ clock, settings, findKey: () => ({ algorithm, publicKey }) })
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
  }
  return [await measure('HS256'), await measure('ES256'), await measure('RS256')]
}
