// The configuration keys of tokens and sessions: what they say, how long they last, when they are no longer vouched for.
import { parseClaimsTemplate } from '../tokens/claims-template.js'
import type { Key } from './key.js'
import { key } from './key.js'
import { wholeNumber } from './parse.js'

const aDay = 86_400
const aYear = 365 * aDay

/** This part of the table in keys.ts. */
export const tokenKeys = {
  SIGNET_ACCESS_TOKEN_SECONDS: key(wholeNumber(1, aDay), {
    fallback: '900',
    unit: 'seconds',
    text: 'Lifetime of an access token.',
    example: '900',
  }),
  SIGNET_CLAIMS: key(parseClaimsTemplate, {
    defaultText: 'none',
    text: 'Further claims of access tokens, for services that look for their own: a JSON template, see docs/claims.md.',
    example: '\'{"scope":"{roles joined}"}\'',
  }),
  SIGNET_KEY_ROTATION_DAYS: key(wholeNumber(0, 3_650), {
    fallback: '90',
    unit: 'days',
    text: "So long a key signs, then the next one takes its place; 0 leaves it to 'signet keys rotate'.",
    example: '30',
  }),
  SIGNET_JWKS_MAX_AGE_SECONDS: key(wholeNumber(1, aDay), {
    fallback: '300',
    unit: 'seconds',
    text: 'How long other services may keep the JWKS. A new key is shown in it for at least twice as long before it signs.',
    example: '300',
  }),
  SIGNET_REFRESH_IDLE_SECONDS: key(wholeNumber(1, 10 * aYear), {
    fallback: '604800',
    unit: 'seconds',
    text: 'A session that is not refreshed for so long expires.',
    example: '604800',
  }),
  SIGNET_SESSION_SECONDS: key(wholeNumber(1, 10 * aYear), {
    fallback: '2592000',
    unit: 'seconds',
    text: 'A session expires so long after its sign-in, however often it is used; its last access token may end later by its own lifetime.',
    example: '2592000',
  }),
  SIGNET_REFRESH_GRACE_SECONDS: key(wholeNumber(0, 300), {
    fallback: '10',
    unit: 'seconds',
    text: 'For so long a repeated refresh gets the same successor again; 0 is strictly single use.',
    example: '10',
  }),
  SIGNET_REVOCATION_BUDGET_SECONDS: key(wholeNumber(5, aDay), {
    fallback: '60',
    unit: 'seconds',
    text: 'An instance that has not heard of revocations for so long answers UNAVAILABLE rather than vouch for access tokens.',
    example: '60',
  }),
} as const satisfies Readonly<Record<string, Key>>
