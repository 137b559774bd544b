// What an instance makes of the rows of keys: opened once each, the one that signs, those that verify, the JWKS.
import type { JsonWebKey } from 'node:crypto'
import type { KeyMaterial } from './key-material.js'
import { secretKey } from './key-material.js'
import type { KeySettings } from './lifecycle.js'
import { findKey } from './lifecycle.js'
import type { StoredKey } from './store.js'
import type { Vault } from './vault.js'

/** A JWKS (RFC 7517). */
export interface Jwks {
  readonly keys: readonly JsonWebKey[]
}

/** The keys as one look into the database showed them. */
export interface KeyView {
  readonly rows: readonly StoredKey[]
  /** Null: the one that signs could not be opened. */
  readonly signing: KeyMaterial | null
  readonly byKid: ReadonlyMap<string, KeyMaterial>
  readonly jwks: Jwks
  /** Keys of the algorithm that signs which could not be opened: damaged, or sealed with a SIGNET_SECRET unknown here. */
  readonly closed: readonly string[]
}

/**
 * Opens rows; a key that `opened` holds already is not opened again, so that it stays usable on an instance whose
 * SIGNET_SECRET was replaced meanwhile.
 */
export const viewKeys = (
  rows: readonly StoredKey[],
  opened: ReadonlyMap<string, KeyMaterial>,
  { vault, keySettings }: { readonly vault: Vault; readonly keySettings: KeySettings },
): KeyView => {
  const byKid = new Map<string, KeyMaterial>()
  const closed: string[] = []
  for (const row of rows) {
    const key = opened.get(row.kid) ?? vault.openKey(row)
    if (key) byKid.set(row.kid, key)
    else if (row.algorithm === keySettings.algorithm) closed.push(row.kid)
  }
  const { algorithm, sharedSecret } = keySettings
  if (algorithm === 'HS256') {
    const made = secretKey(sharedSecret ?? vault.sharedSecret)
    // The same as before, where it is: what was verified with it need not be verified again.
    const signing = opened.get(made.kid) ?? made
    return { rows, signing, byKid: byKid.set(signing.kid, signing), jwks: { keys: [] }, closed }
  }
  const current = findKey(rows, algorithm, 'current')
  const next = findKey(rows, algorithm, 'next')
  const others = rows.filter(row => row.algorithm === algorithm && row !== current && row !== next)
  // A JWKS holds keys of one algorithm: the one that signs, the one that waits, those whose tokens may be alive.
  const keys = [current, next, ...others].flatMap(row => {
    const key = row && byKid.get(row.kid)
    return key?.publicJwk ? [{ ...key.publicJwk, kid: key.kid, alg: algorithm, use: 'sig' }] : []
  })
  // Where none is current, the one that waits is about to be.
  const signer = current ?? next
  return { rows, signing: (signer && byKid.get(signer.kid)) ?? null, byKid, jwks: { keys }, closed }
}
