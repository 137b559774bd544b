// Reads the environment into values: all faults at once, none of them repeating a value.
import { closest, distance } from 'fastest-levenshtein'
import { StartError } from '../lib/start-error.js'
import type { Key } from './key.js'
import type { KeyName, Values } from './keys.js'
import { keys } from './keys.js'

/** The shape of `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const names = Object.keys(keys) as KeyName[]

const unknownKeyFaults = (env: Environment): string[] =>
  Object.keys(env)
    .filter(name => /^(SIGNET|JWT)_/.test(name) && !Object.hasOwn(keys, name))
    .map(name => {
      const nearest = closest(name, names)
      const hint = distance(name, nearest) <= 6 ? ` Did you mean ${nearest}?` : ''
      return `${name} is not a key that Signet knows.${hint} 'npm start -- --help' lists them all.`
    })

const readKey = (name: KeyName, key: Key, env: Environment, faults: string[]): unknown => {
  const text = env[name]?.trim() || key.fallback
  if (text === undefined) return undefined
  const parsed = key.parse(text)
  if ('value' in parsed) return parsed.value
  faults.push(`${name} ${parsed.fault}. Example: ${name}=${key.example}`)
  return undefined
}

const crossFaults = (values: Values, env: Environment, needsSecret: boolean): string[] => {
  const faults: string[] = []
  if (needsSecret && values.NODE_ENV === 'production' && !env.SIGNET_SECRET?.trim()) {
    faults.push(
      'SIGNET_SECRET must be given in production. Example: SIGNET_SECRET="$(node dist/main.js secret)"',
    )
  }
  if (values.SIGNET_SECRET_PREVIOUS !== undefined && values.SIGNET_SECRET_PREVIOUS === values.SIGNET_SECRET) {
    faults.push('SIGNET_SECRET_PREVIOUS must be what SIGNET_SECRET was before; both are the same. Remove it')
  }
  if (env.SIGNET_SECRET_PREVIOUS?.trim() && !env.SIGNET_SECRET?.trim()) {
    faults.push(
      'SIGNET_SECRET_PREVIOUS needs the new SIGNET_SECRET beside it. Example: SIGNET_SECRET="$(node dist/main.js secret)"',
    )
  }
  if (env.JWT_SECRET?.trim() && (values.JWT_ALGORITHM === 'RS256' || values.JWT_ALGORITHM === 'ES256')) {
    faults.push('JWT_SECRET is for HS256 only. Remove it, or set JWT_ALGORITHM=HS256')
  }
  return faults
}

/** Reads and checks every key. Throws StartError that lists every fault, a line each. */
export const readValues = (env: Environment, needsSecret: boolean): Values => {
  const faults = unknownKeyFaults(env)
  const values = Object.fromEntries(
    names.map(name => [name, readKey(name, keys[name], env, faults)]),
  ) as Values
  faults.push(...crossFaults(values, env, needsSecret))
  if (faults.length > 0) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    throw new StartError(`The configuration has ${count}:\n${faults.map(line => `  ${line}`).join('\n')}`)
  }
  return values
}
