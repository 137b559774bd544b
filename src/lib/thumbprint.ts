// The name of a key (RFC 7638).
import type { JsonWebKey } from 'node:crypto'
import { sha256 } from './secrets.js'

// The required members alone, in lexicographic order (section 3.2).
const members: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  oct: ['k', 'kty'],
}

/** The SHA-256 thumbprint of a key, base64url. Throws TypeError for a type of key that has none here. */
export const thumbprint = (jwk: JsonWebKey): string => {
  const names = members[jwk.kty ?? '']
  if (!names) throw new TypeError(`No thumbprint for a key of type ${jwk.kty}`)
  const canonical = JSON.stringify(Object.fromEntries(names.map(name => [name, jwk[name]])))
  return sha256(canonical).toString('base64url')
}
