// Refresh tokens: opaque, a prefix that secret scanners know and base64url of session id (16 bytes), generation (4)
// and secret (32). A successor's secret is derived from its parent's, so that the server can hand out the same
// successor again while it stores nothing but a SHA-256 (RFC 9700, section 4.14).
import { createHmac } from 'node:crypto'
import { parse, stringify } from 'uuid'
import { randomSecret, sha256 } from '../lib/secrets.js'

/** What a refresh token says. */
export interface RefreshToken {
  readonly sessionId: string
  /** How often the session's token was rotated before this one came to be. */
  readonly generation: number
  readonly secret: Uint8Array
}

const prefix = 'signet_rt_'
const length = 16 + 4 + 32

// The largest that PostgreSQL's integer can hold the successor of.
const lastGeneration = 0x7fffffff - 1

const generationBytes = (generation: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(generation)
  return bytes
}

/** The first token of a session; its secret is 256 bits of chance. */
export const firstRefreshToken = (sessionId: string): RefreshToken => ({
  sessionId,
  generation: 0,
  secret: randomSecret(32),
})

/** The token that rotation puts in the place of this one: always the same for the same parent. */
export const successorOf = (
  pepper: Uint8Array,
  { sessionId, generation, secret }: RefreshToken,
): RefreshToken => ({
  sessionId,
  generation: generation + 1,
  secret: createHmac('sha256', pepper)
    .update(parse(sessionId))
    .update(generationBytes(generation))
    .update(secret)
    .digest(),
})

/** What the store holds of a token. */
export const hashRefreshToken = ({ secret }: RefreshToken): Uint8Array<ArrayBuffer> =>
  new Uint8Array(sha256(secret))

/** The text that a client keeps. */
export const formatRefreshToken = ({ sessionId, generation, secret }: RefreshToken): string =>
  prefix + Buffer.concat([parse(sessionId), generationBytes(generation), secret]).toString('base64url')

/** Reads a token; null when the text is not one in its one canonical form. */
export const parseRefreshToken = (text: string): RefreshToken | null => {
  if (!text.startsWith(prefix)) return null
  const body = text.slice(prefix.length)
  const bytes = Buffer.from(body, 'base64url')
  if (bytes.length !== length || bytes.toString('base64url') !== body) return null
  const generation = bytes.readUInt32BE(16)
  if (generation > lastGeneration) return null
  try {
    return {
      sessionId: stringify(bytes.subarray(0, 16)),
      generation,
      secret: new Uint8Array(bytes.subarray(20)),
    }
  } catch {
    return null // 16 bytes that are no UUID
  }
}
