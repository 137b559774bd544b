// What one configuration key is.
import type { Parse } from './parse.js'

/** One key of the environment. `fallback` is parsed like a given value; without one the key may be absent. */
export interface Key<T = unknown> {
  readonly parse: Parse<T>
  readonly fallback?: string
  /** What the default is, in words, where it depends on something. */
  readonly defaultText?: string
  readonly unit?: string
  readonly text: string
  readonly example: string
}

/** A key of this type of value. */
export const key = <T, const K extends Omit<Key<T>, 'parse'>>(
  parse: Parse<T>,
  rest: K,
): K & { parse: Parse<T> } => ({
  parse,
  ...rest,
})
