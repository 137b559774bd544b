// From the headers of a request to a viewer or an answer that refuses it: what every helper has in common. Refusals have
// the shape of Signet's own.
import type { Bearer } from '../lib/bearer.js'
import { challengeFor, readBearer } from '../lib/bearer.js'
import type { AccessTokenClaims } from '../tokens/claims.js'
import type { RefusalReason, Verifier } from './verifier.js'

/** What helpers take beside the verifier. */
export interface ProtectOptions {
  /** Lets requests without a token pass, with no viewer; one with a bad token is refused all the same. */
  readonly allowAnonymous?: boolean
}

/** What a protected request carries. */
export interface WithViewer {
  /** The claims of the access token; null only where requests without one are let pass. */
  viewer: AccessTokenClaims | null
}

/** A request that is not let pass, and what answers it. */
export interface Refused {
  readonly status: 401 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly errors: readonly [RefusedError] }
}

/** The one error of a refusal. */
export interface RefusedError {
  readonly message: string
  readonly extensions: Readonly<Record<string, string | number>> & { readonly code: string }
}

/** What came of a request. */
export type Admission =
  | { readonly ok: true; readonly viewer: AccessTokenClaims | null }
  | { readonly ok: false; readonly refused: Refused }

const retryAfterSeconds = 2

const messages: Readonly<Record<RefusalReason | 'MISSING', string>> = {
  MISSING: 'This needs a signed-in user: send the access token in the header `Authorization: Bearer …`.',
  EXPIRED: 'The access token has expired. Refresh, then send the same again.',
  INVALID: 'The Authorization header carries no access token for this service. Refresh or sign in.',
  REVOKED: 'The access token was revoked, or its session signed out. Refresh once; if that fails, sign in.',
  STALE: 'What this access token says is out of date. Refresh, then send the same again.',
  UNAVAILABLE:
    'Whether this access token is good cannot be told just now. Your session is kept; try again shortly.',
}

const json = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }

const refuse = (reason: RefusalReason | 'MISSING', bearer: Bearer): Admission => {
  const message = messages[reason]
  if (reason === 'UNAVAILABLE') {
    const body = { errors: [{ message, extensions: { code: reason, retryAfterSeconds } }] } as const
    return {
      ok: false,
      refused: { status: 503, headers: { ...json, 'retry-after': `${retryAfterSeconds}` }, body },
    }
  }
  const body = { errors: [{ message, extensions: { code: 'UNAUTHENTICATED', reason } }] } as const
  return {
    ok: false,
    refused: { status: 401, headers: { ...json, 'www-authenticate': challengeFor(bearer) }, body },
  }
}

/** Judges a request by all its Authorization headers. Never rejects. */
export const admit = async (
  verifier: Pick<Verifier, 'verify'>,
  headers: readonly string[],
  { allowAnonymous = false }: ProtectOptions = {},
): Promise<Admission> => {
  const bearer = readBearer(headers)
  if (bearer.kind === 'none') {
    return allowAnonymous ? { ok: true, viewer: null } : refuse('MISSING', bearer)
  }
  if (bearer.kind === 'malformed') return refuse('INVALID', bearer)
  const result = await verifier.verify(bearer.token)
  return result.ok ? { ok: true, viewer: result.claims } : refuse(result.reason, bearer)
}
