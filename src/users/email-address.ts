// E-mail addresses in one normal form, so that one address is one account: NFKC, lower case, trimmed, and the domain
// in its ASCII form (RFC 5890).
import { domainToASCII } from 'node:url'
import isEmail from 'validator/lib/isEmail.js'
import { SignetError } from '../lib/errors.js'

/** An address, or a beginning of one, as far as it can be normalised without being whole. */
export const foldEmail = (text: string): string =>
  text.normalize('NFKC').trim().toLowerCase().normalize('NFKC')

/** The normal form of an address, or null when it is none. Applying it twice changes nothing. */
export const normalizeEmail = (text: string): string | null => {
  // SMTP knows no longer address (RFC 5321, section 4.5.3.1.3); checked first, so that nothing long is worked on.
  if (text.length > 512 || !text.isWellFormed()) return null
  const folded = foldEmail(text)
  const at = folded.lastIndexOf('@')
  const address = folded.slice(0, at + 1) + domainToASCII(folded.slice(at + 1))
  return at > 0 && isEmail.default(address, { allow_utf8_local_part: true }) && address.length <= 254
    ? address
    : null
}

/** Reads an address that a caller typed. Throws EMAIL_INVALID. */
export const parseEmail = (text: string): string => {
  const email = normalizeEmail(text)
  if (email === null) {
    throw new SignetError('EMAIL_INVALID', 'This is not an e-mail address; one looks like name@example.com.')
  }
  return email
}
