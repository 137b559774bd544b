// `signet clients`: the services that may follow the revocation feed.
import { parseArgs } from 'node:util'
import { readConfig } from '../config.js'
import { StartError } from '../lib/start-error.js'
import { asStartError } from './as-start-error.js'
import type { ClientTask } from './change-clients.js'

const usage = `Services that follow the revocation feed, so that they refuse whoever was signed out.

Usage: signet clients create --name NAME   print a credential, this once
       signet clients list                 print id, date, state and name of all
       signet clients revoke ID            let a credential open nothing any more

In the database that DATABASE_URL or DATA_DIR names, whether Signet is running or not.`

const parse = (args: readonly string[]): { name: string | undefined; words: string[] } => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { name: { type: 'string' } },
      allowPositionals: true,
    })
    return { name: values.name, words: positionals }
  } catch (fault) {
    if (Reflect.get(Object(fault), 'code') === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
      throw new StartError("--name needs a name: 'signet clients create --name billing'.")
    }
    throw new StartError("These options are not known here. 'signet clients --help' lists them.")
  }
}

const readTask = (args: readonly string[]): ClientTask => {
  const { name, words } = parse(args)
  const [command, id] = words
  if (command === 'create' && name === undefined && words.length === 1) {
    throw new StartError("A client needs a name: 'signet clients create --name billing'.")
  }
  if (command === 'create' && name !== undefined && words.length === 1) return { kind: 'create', name }
  if (command === 'list' && name === undefined && words.length === 1) return { kind: 'list' }
  if (command === 'revoke' && name === undefined && id !== undefined && words.length === 2) {
    return { kind: 'revoke', id }
  }
  throw new StartError("This is not how it is called. 'signet clients --help' says how.")
}

/** Runs one of the commands below `clients`. Throws StartError. */
export const clients = async (say: (line: string) => void, args: readonly string[]): Promise<void> => {
  if (args.length === 0 || args.some(arg => arg === '--help' || arg === '-h')) return say(usage)
  const task = readTask(args)
  try {
    const config = readConfig(undefined, { needsSecret: false })
    // Loaded only here: a slip of the finger is answered at once.
    await (await import('./change-clients.js')).changeClients(say, task, config)
  } catch (fault) {
    throw asStartError(fault)
  }
}
