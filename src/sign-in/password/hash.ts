// Password hashes: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane), in PHC format.
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { takeTurns } from '../../lib/take-turns.js'
import { normalizePassword } from './policy.js'

// The library declares its names for algorithms and exports none; 2 is argon2id.
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hashes passwords, so many at a time. */
export interface PasswordHashing {
  hash(password: string): Promise<string>
  /** Whether a password is the one that was hashed. */
  matches(stored: string, password: string): Promise<boolean>
}

/**
 * Makes the one hashing of a process. At a time, one for each core that the process has to itself: more would be no
 * faster, and would keep other requests, and what else waits for node's threads.
 */
export const createPasswordHashing = (atATime: number): PasswordHashing => {
  const inTurn = takeTurns(atATime)
  return {
    hash: password => inTurn(() => hash(normalizePassword(password), parameters)),
    matches: (stored, password) => inTurn(() => verify(stored, normalizePassword(password))),
  }
}

/** Whether a hash was made with other parameters than today's. */
export const isOutdatedHash = (stored: string): boolean => {
  const used = parseOptions(stored)
  return (Object.keys(parameters) as (keyof typeof parameters)[]).some(
    name => used[name] !== parameters[name],
  )
}
