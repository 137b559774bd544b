// `signet users`: what is done to accounts from the command line.
import { readConfig } from '../config.js'
import { StartError } from '../lib/start-error.js'
import { asStartError } from './as-start-error.js'
import { readNewAdmin } from './create-admin-options.js'

const usage = `Accounts, from the command line.

Usage: signet users create-admin --email ADDRESS [--name NAME] [--promote]

Makes an account with the role admin, in the database that DATABASE_URL or DATA_DIR names, whether Signet is
running or not. The password is asked at the terminal; without one, it is read from standard input, one line. It
is never taken from an option or from the environment, where others could read it.

Options:
  --email    the account's address
  --name     the name that its owner goes by
  --promote  make an account that exists already an administrator; its password and name stay as they are
  --help     print this`

/** Runs one of the commands below `users`. Throws StartError. */
export const users = async (say: (line: string) => void, args: readonly string[]): Promise<void> => {
  const [command, ...options] = args
  if (command === undefined || args.some(arg => arg === '--help' || arg === '-h')) return say(usage)
  if (command !== 'create-admin') {
    throw new StartError(`There is no command 'users ${command}'. There is: users create-admin.`)
  }
  try {
    const wanted = readNewAdmin(options)
    const config = readConfig(undefined, { needsSecret: false })
    // Loaded only here: a slip of the finger is answered at once.
    await (await import('./create-admin.js')).createAdminFromCommandLine(say, wanted, config)
  } catch (fault) {
    throw asStartError(fault)
  }
}
