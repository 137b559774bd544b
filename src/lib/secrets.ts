// Random values, derived secrets (HKDF, RFC 5869), comparison in constant time, sealing (AES-256-GCM).
import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** What derived secrets are for; each purpose has a key of its own. */
export type SecretPurpose =
  | 'secret-proof'
  | 'secret-seal'
  | 'refresh-token-pepper'
  | 'signing-key-seal'
  | 'hs256-signing-key'

/** So many random bytes. */
export const randomSecret = (bytes = 32): Buffer => randomBytes(bytes)

/** A fresh server secret of 256 bits as text, the form that SIGNET_SECRET takes. */
export const newServerSecret = (): string => randomBytes(32).toString('base64url')

/** SHA-256. */
export const sha256 = (data: string | Uint8Array): Buffer => hash('sha256', data, 'buffer')

/** Whether two digests are equal; takes the same time wherever they differ. */
export const equalDigests = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b)

/** The 256-bit secret for one purpose, derived from the server's secret. */
export const deriveSecret = (serverSecret: string, purpose: SecretPurpose): Buffer =>
  Buffer.from(hkdfSync('sha256', serverSecret, 'signet', purpose, 32))

/** Encrypts and authenticates: 12 bytes of nonce, 16 of tag, ciphertext. `context` must be given again to open. */
export const seal = (key: Uint8Array, plain: Uint8Array, context: string): Uint8Array<ArrayBuffer> => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), sealed]))
}

/** Opens what `seal` made; null when the key or the context is another, or the bytes were changed. */
export const unseal = (key: Uint8Array, sealed: Uint8Array, context: string): Buffer | null => {
  if (sealed.length < 28) return null
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(12, 28))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
  } catch {
    return null
  }
}
