// Credentials of services that follow the revocation feed: a prefix that secret scanners know, and base64url of the
// client's id (16 bytes) and a secret (32 bytes of chance).
import { randomSecret, sha256 } from '../lib/secrets.js'

/** What a credential says. */
export interface Credential {
  readonly clientId: string
  readonly secret: Uint8Array
}

const prefix = 'signet_feed_'
const length = 16 + 32

const toBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

const toId = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** A credential of chance for a client. */
export const newCredential = (clientId: string): Credential => ({ clientId, secret: randomSecret(32) })

/** What the store holds of a credential. */
export const hashCredential = ({ secret }: Credential): Uint8Array<ArrayBuffer> =>
  new Uint8Array(sha256(secret))

/** The text that the client keeps. */
export const formatCredential = ({ clientId, secret }: Credential): string =>
  prefix + Buffer.concat([toBytes(clientId), secret]).toString('base64url')

/** Reads a credential; null when the text is not one in its one canonical form. */
export const parseCredential = (text: string): Credential | null => {
  if (!text.startsWith(prefix)) return null
  const body = text.slice(prefix.length)
  const bytes = Buffer.from(body, 'base64url')
  if (bytes.length !== length || bytes.toString('base64url') !== body) return null
  return { clientId: toId(bytes.subarray(0, 16)), secret: new Uint8Array(bytes.subarray(16)) }
}
