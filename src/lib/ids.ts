// Identifiers: UUID version 7 (RFC 9562), so that rows made one after the other lie side by side in an index.
import { randomBytes } from 'node:crypto'
import { v7, validate } from 'uuid'

/** A new id. */
export const newId = (): string => v7()

/**
 * Makes the ids by which requests are found in the log: random by process, counted within it. A UUID for each would take
 * more time than finding out who asks.
 */
export const createRequestIds = (): (() => string) => {
  const process = randomBytes(9).toString('base64url')
  let count = 0
  // Of one width, so that no id is the beginning of another.
  return () => `${process}-${String(++count).padStart(10, '0')}`
}

/** Whether a text is an id in its one canonical form, lower case: two texts of one id could pass for two users. */
export const isId = (text: string): boolean => validate(text) && text === text.toLowerCase()
