// The options of `signet users create-admin`. What stands in the place of a value is never repeated: it may be a
// password, or an address.
import { parseArgs } from 'node:util'
import { StartError } from '../lib/start-error.js'
import { parseDisplayName } from '../users/display-name.js'
import { parseEmail } from '../users/email-address.js'

/** Who is to be an administrator. */
export interface NewAdmin {
  /** Normalised. */
  readonly email: string
  readonly name: string | null
  /** Whether it may be a user who exists already. */
  readonly promote: boolean
}

const options = {
  email: { type: 'string' },
  name: { type: 'string' },
  promote: { type: 'boolean' },
} as const

const fault = (text: string): StartError =>
  new StartError(`${text} 'signet users --help' shows how it is written.`)

const passwordFault = (): StartError =>
  new StartError(
    'The password is never taken from an option, where other users and the history of the shell would see it: ' +
      'leave it out and type it when asked, or pipe it in as one line.',
  )

type Option = { name: string; rawName: string; value: string | undefined; inlineValue: boolean | undefined }

const checkOption = ({ name, rawName, value, inlineValue }: Option): void => {
  if (/^p(ass.*)?$/i.test(name)) throw passwordFault()
  if (!Object.hasOwn(options, name)) throw fault(`There is no option ${rawName}.`)
  if (name === 'promote') {
    if (value !== undefined) throw fault(`${rawName} takes no value.`)
  } else if (!value || (!inlineValue && value.startsWith('-'))) throw fault(`${rawName} needs a value.`)
}

/** The options given, by name; of two of one name the last. */
const readOptions = (args: readonly string[]): ReadonlyMap<string, string> => {
  const given = new Map<string, string>()
  // Not strict: what that says of a fault repeats the value.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') throw fault('There is an argument that belongs to no option.')
    if (token.kind === 'option-terminator') continue
    checkOption(token)
    given.set(token.name, token.value ?? '')
  }
  return given
}

/** Reads the options. Throws StartError, EMAIL_INVALID or BAD_USER_INPUT (the name). */
export const readNewAdmin = (args: readonly string[]): NewAdmin => {
  const given = readOptions(args)
  const email = given.get('email')
  if (email === undefined) throw fault('--email is missing: whose account is it to be?')
  return {
    email: parseEmail(email),
    name: parseDisplayName(given.get('name') ?? null),
    promote: given.has('promote'),
  }
}
