// The name a user goes by: any text of one line.
import { BadInputError } from '../lib/errors.js'

const maxLength = 200

/** Reads a name that a caller typed: NFC, trimmed; empty is none. Throws BAD_USER_INPUT. */
export const parseDisplayName = (text: string | null): string | null => {
  if (text === null) return null
  if (!text.isWellFormed() || text.length > maxLength || /\p{Cc}/u.test(text)) {
    throw new BadInputError(
      `name must be one line of at most ${maxLength} characters, without control characters.`,
    )
  }
  return text.normalize('NFC').trim() || null
}
