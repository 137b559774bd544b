// Verifies Signet's access tokens in another service, as strictly as Signet does: with the same code, its public keys and
// its revocations, all in memory.

import type { Knowledge } from '../revocation/knowledge.js'
import { createKnowledge } from '../revocation/knowledge.js'
import type { AccessTokenClaims } from '../tokens/claims.js'
import type { Verification } from '../tokens/verify.js'
import { createTokenVerifier } from '../tokens/verify.js'
import type { TokenFacts } from './feed-messages.js'
import { followFeed } from './follow.js'
import { openKeyCache } from './key-cache.js'
import type { RevocationSettings, VerifierOptions, VerifierSettings } from './options.js'
import { readOptions } from './options.js'

/**
 * Why a token is refused. UNAVAILABLE is no rejection: it cannot be told just now, and the caller keeps its session and
 * tries again. STALE and EXPIRED are mended by a refresh.
 */
export type RefusalReason = 'EXPIRED' | 'INVALID' | 'REVOKED' | 'STALE' | 'UNAVAILABLE'

/** The claims of a good token, or why it is refused. */
export type VerifyResult =
  | { readonly ok: true; readonly claims: AccessTokenClaims }
  | { readonly ok: false; readonly reason: RefusalReason }

/** Verifies access tokens until it is closed. */
export interface Verifier {
  /** Never rejects. The first calls wait for keys and revocations, for `firstWaitSeconds` at most. */
  verify(token: string): Promise<VerifyResult>
  /** Resolves when keys and revocations have been read for the first time, or the verifier is closed. Never rejects. */
  readonly ready: Promise<void>
  /** Ends what runs in the background. */
  close(): Promise<void>
}

const refuse = (reason: RefusalReason): VerifyResult => ({ ok: false, reason })

const looksLikeKid = (kid: string): boolean => /^[\w-]{43}$/.test(kid)

const judge = (knowledge: Knowledge, budgetSeconds: number, claims: AccessTokenClaims): VerifyResult => {
  const { jti, sid, sub, rev } = claims
  const refusal = knowledge.find({ tokenId: jti, sessionId: sid, userId: sub, knownNumber: rev })
  if (refusal) return refuse(refusal.reason === 'STALE' ? 'STALE' : 'REVOKED')
  return knowledge.unheardSeconds() <= budgetSeconds ? { ok: true, claims } : refuse('UNAVAILABLE')
}

const openRevocations = (
  settings: VerifierSettings,
  { url, credential, budgetSeconds }: RevocationSettings,
  onFacts: (facts: TokenFacts) => void,
) => {
  const knowledge = createKnowledge(settings)
  return {
    knowledge,
    budgetSeconds,
    close: followFeed({ ...settings, knowledge, url, credential, onFacts }, budgetSeconds),
  }
}

/** Creates a verifier, which begins to fetch at once. Throws TypeError for options that cannot be. */
export const createVerifier = (options: VerifierOptions): Verifier => {
  const settings = readOptions(options)
  const keys = openKeyCache(settings, settings.jwksUrl)
  let { accessTokenSeconds } = settings
  const onFacts = (facts: TokenFacts): void => {
    if (facts.kids) keys.hear(facts.kids)
    // As Signet itself: a record of a revocation lives no longer than a token of this lifetime.
    accessTokenSeconds = Math.min(settings.accessTokenSeconds, facts.accessTokenSeconds)
  }
  const revocations = settings.revocations && openRevocations(settings, settings.revocations, onFacts)
  let markClosed = (): void => {}
  const closed = new Promise<void>(resolve => {
    markClosed = resolve
  })
  const read = Promise.all([keys.opened, revocations?.knowledge.opened])
  const ready = Promise.race([read, closed]).then(() => {})
  const check = createTokenVerifier({
    clock: settings.clock,
    findKey: keys.find,
    settings: {
      issuer: settings.issuer,
      audience: settings.audience,
      get accessTokenSeconds() {
        return accessTokenSeconds
      },
    },
  })
  const firstWait = new Promise<void>(resolve => {
    const timer = setTimeout(resolve, settings.firstWaitSeconds * 1000).unref()
    void ready.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })

  /** The name of a key that is not known and may be new. */
  const findNewKid = (verification: Verification): string | null => {
    const kid = 'unknownKid' in verification ? verification.unknownKid : undefined
    return kid !== undefined && looksLikeKid(kid) && !keys.isGone(kid) ? kid : null
  }
  /** Null: it cannot be told. */
  const checkWithKeys = async (token: string): Promise<Verification | null> => {
    const verification = check(token)
    const kid = findNewKid(verification)
    if (kid === null) return verification
    const looked = keys.look(kid)
    const isCertain = await (keys.isOpen() ? looked : Promise.race([looked, firstWait.then(() => false)]))
    const again = check(token)
    return isCertain || findNewKid(again) === null ? again : null
  }

  return {
    verify: async token => {
      if (typeof token !== 'string') return refuse('INVALID')
      const verification = await checkWithKeys(token)
      if (verification?.ok === false) return refuse(verification.reason)
      // A genuine token of such old keys has expired; only one of a stolen key lives on.
      if (!verification || keys.staleSeconds() > accessTokenSeconds) return refuse('UNAVAILABLE')
      const { claims } = verification
      if (!revocations) return { ok: true, claims }
      await firstWait
      return judge(revocations.knowledge, revocations.budgetSeconds, claims)
    },
    ready,
    close: async () => {
      markClosed()
      keys.close()
      await revocations?.close()
    },
  }
}
