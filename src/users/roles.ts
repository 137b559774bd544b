// Roles: plain names that access tokens carry and that services give a meaning. Signet itself knows one: `admin`.
import { BadInputError } from '../lib/errors.js'
import { roleLimits } from '../tokens/claims.js'

/** The role that administers Signet. */
export const adminRole = 'admin'

const { most, characters, together } = roleLimits
const name = /^[A-Za-z][\w.:-]*$/

/** Reads a list of roles, each kept once. Throws BAD_USER_INPUT; bounded, since every access token carries them. */
export const parseRoles = (roles: readonly string[]): string[] => {
  const distinct = [...new Set(roles)]
  const isTooMuch = distinct.length > most || distinct.join('').length > together
  if (isTooMuch || !distinct.every(role => name.test(role) && role.length <= characters)) {
    throw new BadInputError(
      `roles may be at most ${most} names of at most ${characters} characters, ${together} together: a letter, then letters, digits and _ . : -`,
    )
  }
  return distinct
}
