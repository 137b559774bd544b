// What a new password must be (NIST SP 800-63B-4, section 3.1.1): long enough, not one that attackers try first. No
// composition rules.
import { errorWithReason } from '../../lib/errors.js'
import { normalizeEmail } from '../../users/email-address.js'

const maxCharacters = 256

/** Whether a text is one short piece again and again, or a run such as 87654321: lists of passwords leave these out. */
const isPattern = (text: string): boolean => {
  if ((text + text).indexOf(text, 1) <= 3) return true
  const codes = Array.from(text, character => character.codePointAt(0) ?? 0)
  const steps = new Set(codes.slice(1).map((code, index) => code - (codes[index] ?? 0)))
  return steps.size === 1 && (steps.has(1) || steps.has(-1))
}

/** One form for what different keyboards send for the same password (NFKC). */
export const normalizePassword = (text: string): string => text.normalize('NFKC')

/** Reads a new password for the account of this address. Characters are code points. Throws WEAK_PASSWORD. */
export const parseNewPassword = async (text: string, email: string, minLength: number): Promise<string> => {
  if (!text.isWellFormed()) {
    throw errorWithReason(
      'WEAK_PASSWORD',
      'NOT_UNICODE',
      'The password holds a broken character. Type it anew.',
    )
  }
  const password = normalizePassword(text)
  const characters = [...password].length
  if (characters < minLength) {
    throw errorWithReason(
      'WEAK_PASSWORD',
      'TOO_SHORT',
      `The password needs at least ${minLength} characters.`,
      {
        minLength,
      },
    )
  }
  if (characters > maxCharacters) {
    throw errorWithReason(
      'WEAK_PASSWORD',
      'TOO_LONG',
      `The password may have at most ${maxCharacters} characters.`,
    )
  }
  const folded = password.toLowerCase()
  const { commonPasswords } = await import('./common-passwords.js')
  if (commonPasswords.has(folded) || isPattern(folded)) {
    throw errorWithReason(
      'WEAK_PASSWORD',
      'COMMON',
      'This password is among the first that attackers try. Choose another.',
    )
  }
  if (folded === email.slice(0, email.lastIndexOf('@')) || normalizeEmail(password) === email) {
    throw errorWithReason(
      'WEAK_PASSWORD',
      'EMAIL',
      'The password may not be your e-mail address. Choose another.',
    )
  }
  return password
}
