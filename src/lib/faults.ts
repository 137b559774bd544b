// Describes an unexpected fault for the log, without what must not be there: libraries put arguments into messages.
import { inSource } from './places.js'

const secrets: readonly [pattern: RegExp, replacement: string][] = [
  [/eyJ[\w-]+\.[\w-]*(\.[\w-]*)?/g, '[token]'],
  [/signet_rt_[\w-]+/g, '[refresh token]'],
  [/signet_feed_[\w-]+/g, '[credential]'],
  [/\$argon2\w*\$[^\s"']+/g, '[hash]'],
  [/[^\s"'<>(),;:@]+@[^\s"'<>(),;:@]+/g, '[address]'],
  [/(["'`])(?:\\.|(?!\1)[^\\])*\1/g, '[text]'],
]

/** A text without tokens, hashes, addresses or quoted values. */
export const redact = (text: string): string =>
  secrets.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text)

const member = (value: object, name: string): string | undefined => {
  const found: unknown = Reflect.get(value, name)
  return typeof found === 'string' ? found : undefined
}

/** What the log may say of a fault: name, code, redacted first lines, the stack's places, and its cause. */
export const describeFault = (error: unknown, depth = 0): object => {
  if (typeof error !== 'object' || error === null) return { type: typeof error }
  const cause: unknown = Reflect.get(error, 'cause')
  return {
    name: member(error, 'name'),
    code: member(error, 'code'),
    message: redact(member(error, 'message') ?? '').slice(0, 500),
    at: member(error, 'stack')
      ?.split('\n')
      .filter(line => /^\s+at /.test(line))
      .slice(0, 8)
      .map(line => inSource(line.trim())),
    ...(cause && depth < 3 ? { cause: describeFault(cause, depth + 1) } : {}),
  }
}
