#!/usr/bin/env node
// The `signet` command.
import { describeConfig } from './config.js'
import { newServerSecret } from './lib/secrets.js'
import { StartError, wordsOf } from './lib/start-error.js'

const usage = `Signet, an authentication server that speaks GraphQL.

Usage: signet [command]

Commands:
  start    migrate the database and serve (the default)
  secret   print a good value for SIGNET_SECRET
  schema   print the GraphQL schema
  users    make an administrator; 'signet users' says how
  keys     list, rotate and revoke signing keys; 'signet keys' says how
  clients  services that follow the revocation feed; 'signet clients' says how
  --help   print this

Configuration is read from the environment:
${describeConfig()}
`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const run = async (command: string, options: readonly string[]): Promise<void> => {
  switch (command) {
    case 'start':
      // Loaded only here: the other commands answer at once.
      return (await import('./cli/start.js')).start(say)
    case 'secret':
      return say(newServerSecret())
    case 'schema':
      return (await import('./cli/schema.js')).printSchema(say)
    case 'users':
      return (await import('./cli/users.js')).users(say, options)
    case 'keys':
      return (await import('./cli/keys.js')).keys(say, options)
    case 'clients':
      return (await import('./cli/clients.js')).clients(say, options)
    case '--help':
    case '-h':
    case 'help':
      return say(usage)
    default:
      throw new StartError(`There is no command '${command}'. 'signet --help' lists them.`)
  }
}

const args = process.argv.slice(2)
// A command with commands of its own has a help of its own.
const hasOwnHelp = ['users', 'keys', 'clients'].includes(args[0] ?? '')
const asksForHelp = !hasOwnHelp && args.some(arg => arg === '--help' || arg === '-h')
try {
  await run(asksForHelp ? '--help' : (args[0] ?? 'start'), args.slice(1))
  // One that a signal ended has set its own.
  process.exitCode ??= 0
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${wordsOf(error)}\n`)
}
