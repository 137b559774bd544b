// What an operation demands of its caller.
import { errorWithReason } from '../lib/errors.js'
import type { Authentication, Viewer } from './viewer.js'

const messages = {
  MISSING: 'This needs a signed-in user: send the access token in the header `Authorization: Bearer …`.',
  EXPIRED: 'The access token has expired. Refresh, then send the whole operation again.',
  REVOKED: 'The session of this access token has ended, or its user may no longer use it. Sign in again.',
  INVALID:
    'The Authorization header carries no access token of this server. Refresh or sign in, and send `Bearer …`.',
} as const

/** Why a caller is refused. */
export type Refusal = keyof typeof messages

/** The refusal of a caller without a good access token. */
export const unauthenticated = (reason: Refusal) =>
  errorWithReason('UNAUTHENTICATED', reason, messages[reason])

/** The viewer. Throws UNAUTHENTICATED with MISSING, EXPIRED or INVALID. */
export const requireViewer = ({ authentication }: { readonly authentication: Authentication }): Viewer => {
  switch (authentication.kind) {
    case 'viewer':
      return authentication.viewer
    case 'refused':
      throw unauthenticated(authentication.reason)
    case 'anonymous':
      throw unauthenticated('MISSING')
  }
}
