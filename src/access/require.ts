// What an operation demands of its caller, and how one who falls short is refused.
import type { SignetError } from '../lib/errors.js'
import { assertNever, errorWithReason, unavailable } from '../lib/errors.js'
import type { Refusal } from '../revocation/revocation.js'
import type { Authentication, Viewer } from './viewer.js'

/** What a field, or all fields of an operation together, ask of the caller. */
export interface Requirement {
  /** `good-token-if-any` answers a request without a token too, as nobody. */
  readonly viewer: 'none' | 'good-token-if-any' | 'required'
  /** All of these. */
  readonly roles: readonly string[]
}

const messages = {
  MISSING: 'This needs a signed-in user: send the access token in the header `Authorization: Bearer …`.',
  EXPIRED: 'The access token has expired. Refresh, then send the whole operation again.',
  INVALID:
    'The Authorization header carries no access token of this server. Refresh or sign in, and send `Bearer …`.',
} as const

const unauthenticated = (reason: keyof typeof messages): SignetError =>
  errorWithReason('UNAUTHENTICATED', reason, messages[reason])

const endings: Partial<Record<Refusal['reason'], string>> = {
  DISABLED:
    'The account of this access token is disabled, and its sessions were signed out. Ask an administrator.',
  DELETED: 'The account of this access token was deleted.',
}

// Told to the holder of a genuine token only: everybody else got INVALID.
const revoked = ({ kind, reason, revokedAt }: Refusal): SignetError => {
  if (reason === 'STALE') {
    return errorWithReason(
      'UNAUTHENTICATED',
      'STALE',
      'What this access token says is out of date. Refresh, then send the whole operation again.',
    )
  }
  if (kind === 'TOKEN') {
    return errorWithReason(
      'UNAUTHENTICATED',
      'REVOKED',
      'This access token was revoked. Refresh, then send the whole operation again.',
    )
  }
  return errorWithReason(
    'UNAUTHENTICATED',
    'REVOKED',
    endings[reason] ??
      'The session of this access token was signed out. Refresh; if that is refused, sign in again.',
    { sessionEndedAt: revokedAt.toISOString(), sessionEndReason: reason },
  )
}

const unvouched = (): SignetError =>
  unavailable(
    new Error('revocations have not been heard of for too long'),
    'Whether this access token was revoked cannot be told just now. Your session is kept; try again shortly.',
  )

const missingRole = (role: string): SignetError =>
  errorWithReason('FORBIDDEN', 'ROLE', `This needs the role \`${role}\`. Ask an administrator.`, { role })

/** Why a caller may not have what is asked for, or null. UNAUTHENTICATED, FORBIDDEN or UNAVAILABLE. */
export const refusalOf = (
  authentication: Authentication,
  { viewer, roles }: Requirement,
): SignetError | null => {
  if (viewer === 'none') return null
  switch (authentication.kind) {
    case 'anonymous':
      return viewer === 'required' ? unauthenticated('MISSING') : null
    case 'refused':
      return unauthenticated(authentication.reason)
    case 'revoked':
      return revoked(authentication.refusal)
    case 'unvouched':
      return unvouched()
    case 'viewer': {
      const missing = roles.find(role => !authentication.viewer.roles.includes(role))
      return missing === undefined ? null : missingRole(missing)
    }
    default:
      return assertNever(authentication)
  }
}

/** The viewer. Throws UNAUTHENTICATED or UNAVAILABLE where there is none. */
export const requireViewer = ({ authentication }: { readonly authentication: Authentication }): Viewer => {
  if (authentication.kind === 'viewer') return authentication.viewer
  throw refusalOf(authentication, { viewer: 'required', roles: [] }) ?? unauthenticated('MISSING')
}

/** Whose genuine token came, whether it still counts or not: for what only gives something up, as logging out does. */
export const findBearer = ({ authentication }: { readonly authentication: Authentication }): Viewer | null =>
  'viewer' in authentication ? authentication.viewer : null
