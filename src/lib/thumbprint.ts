// The name of a public key (RFC 7638).
import type { JsonWebKey } from 'node:crypto'
import { sha256 } from './secrets.js'

// The required members alone, in lexicographic order (section 3.2).
const members: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
}

/** The SHA-256 thumbprint of an RSA or EC key, base64url; null for any other. */
export const publicThumbprint = (jwk: JsonWebKey): string | null => {
  const names = members[jwk.kty ?? '']
  if (!names) return null
  const canonical = JSON.stringify(Object.fromEntries(names.map(name => [name, jwk[name]])))
  return sha256(canonical).toString('base64url')
}
