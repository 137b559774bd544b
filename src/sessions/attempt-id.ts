// attemptId: a random value of the client's own that names one refresh through all its retries.
import { BadInputError } from '../lib/errors.js'

const maxLength = 128

/** The attempt's name, or null for none. Throws BAD_USER_INPUT when it is empty or too long. */
export const parseAttemptId = (attemptId: string | null): string | null => {
  if (attemptId !== null && (attemptId.length === 0 || attemptId.length > maxLength)) {
    throw new BadInputError(
      `attemptId must have 1 to ${maxLength} characters: make a random one (a UUID will do) and send it again with every retry.`,
    )
  }
  return attemptId
}
