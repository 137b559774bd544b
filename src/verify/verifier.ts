// Verifies Signet's access tokens in another service, as strictly as Signet does: with the same code, its public keys and
// its revocations, all in memory.
import type { AccessTokenClaims } from '../tokens/claims.js'
import { createVerifier as createTokenVerifier } from '../tokens/verify.js'
import { followFeed } from './follow.js'
import { openKeyCache } from './key-cache.js'
import type { Knowledge } from './knowledge.js'
import { createKnowledge } from './knowledge.js'
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
  /** Resolves when keys and revocations have been read for the first time. Never rejects. */
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
) => {
  const knowledge = createKnowledge(settings)
  return {
    knowledge,
    budgetSeconds,
    close: followFeed({ ...settings, knowledge, url, credential }, budgetSeconds),
  }
}

/** Creates a verifier, which begins to fetch at once. Throws TypeError for options that cannot be. */
export const createVerifier = (options: VerifierOptions): Verifier => {
  const settings = readOptions(options)
  const keys = openKeyCache(settings, settings.jwksUrl)
  const revocations = settings.revocations && openRevocations(settings, settings.revocations)
  const ready = Promise.all([keys.opened, revocations?.knowledge.opened]).then(() => {})
  let timer: NodeJS.Timeout | undefined
  const firstWait = new Promise<void>(resolve => {
    timer = setTimeout(resolve, settings.firstWaitSeconds * 1000).unref()
    void ready.then(resolve)
  })

  let isUnknownKey = false
  const verifyAgainst = createTokenVerifier({
    clock: settings.clock,
    settings,
    findKey: kid => {
      const key = keys.find(kid)
      isUnknownKey = !key && looksLikeKid(kid)
      return key
    },
  })
  const check = (token: string) => {
    isUnknownKey = false
    return verifyAgainst(token)
  }
  const checkWithNewKeys = async (token: string): Promise<VerifyResult> => {
    const looked = keys.look()
    await (keys.isOpen() ? looked : Promise.race([looked, firstWait]))
    const verification = check(token)
    return isUnknownKey && !keys.isCurrent() ? refuse('UNAVAILABLE') : verification
  }

  return {
    verify: async token => {
      const verification = check(token)
      const checked = isUnknownKey ? await checkWithNewKeys(token) : verification
      if (!checked.ok || !revocations) return checked
      await firstWait
      return judge(revocations.knowledge, revocations.budgetSeconds, checked.claims)
    },
    ready,
    close: async () => {
      clearTimeout(timer)
      keys.close()
      await revocations?.close()
    },
  }
}
