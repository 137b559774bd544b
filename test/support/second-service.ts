// What tests of a second service have in common.
import { afterEach } from '@jest/globals'
import { systemStopwatch } from '../../src/lib/clock.js'
import type { Verifier, VerifierOptions } from '../../src/verify/index.js'
import { createVerifier } from '../../src/verify/index.js'

/** Where the keys of a Signet are. */
export const jwksPath = '/.well-known/jwks.json'

interface Closable {
  close(): Promise<unknown>
}

/** Makes second services of the Signet that a file's tests are about. What is opened is closed after each test. */
export const openServices = (signet: () => { readonly issuer: string; readonly credential: string }) => {
  const opened: Closable[] = []
  afterEach(async () => {
    for (let one = opened.pop(); one; one = opened.pop()) await one.close()
  })
  const closeAfter = <C extends Closable>(one: C): C => {
    opened.push(one)
    return one
  }
  return {
    closeAfter,
    /** Something that stands between a service and Signet. */
    through: async <P extends Closable>(proxy: Promise<P>): Promise<P> => closeAfter(await proxy),
    /** A second service, which reaches Signet at an address. */
    trust: (url: string, more: Partial<VerifierOptions> = {}): Verifier => {
      const { issuer, credential } = signet()
      return closeAfter(
        createVerifier({
          issuer,
          audience: 'signet',
          jwksUrl: `${url}${jwksPath}`,
          revocations: { url: `${url}/revocations`, credential },
          ...more,
        }),
      )
    },
  }
}

/** What comes of a token: ok, or why it is refused. */
export const reasonOf = async (verifier: Pick<Verifier, 'verify'>, token: string): Promise<string> => {
  const result = await verifier.verify(token)
  return result.ok ? 'ok' : result.reason
}

/** Time that a test lets pass for a service. */
export const passing = () => {
  let seconds = 0
  return {
    stopwatch: () => systemStopwatch() + seconds,
    pass: (more: number) => {
      seconds += more
    },
  }
}
