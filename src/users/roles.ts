// Roles: plain names that access tokens carry and that services give a meaning. Signet itself knows one: `admin`.
import { BadInputError } from '../lib/errors.js'

/** The role that administers Signet. */
export const adminRole = 'admin'

const most = 32
const name = /^[A-Za-z][\w.:-]{0,63}$/

/** Reads a list of roles, each kept once. Throws BAD_USER_INPUT; bounded, since every access token carries them. */
export const parseRoles = (roles: readonly string[]): string[] => {
  const distinct = [...new Set(roles)]
  if (distinct.length > most || !distinct.every(role => name.test(role))) {
    throw new BadInputError(
      `roles may be at most ${most} names of at most 64 characters: a letter, then letters, digits and _ . : -`,
    )
  }
  return distinct
}
