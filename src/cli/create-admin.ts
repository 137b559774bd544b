// `signet users create-admin`: the way to the first administrator. There is no default account and no default password.
import { promoteToAdmin } from '../admin/promote.js'
import type { Config } from '../config.js'
import { readConfig } from '../config.js'
import type { Database } from '../engines/database.js'
import { isOutage } from '../engines/outage.js'
import { systemClock } from '../lib/clock.js'
import { BadInputError, SignetError } from '../lib/errors.js'
import { redact } from '../lib/faults.js'
import { createLog } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'
import { createAdmin } from '../sign-in/password/create-admin.js'
import { keptSeconds } from '../tokens/verify.js'
import { findUserWithEmail } from '../users/find.js'
import { addressOf } from './address.js'
import { askPassword } from './ask-password.js'
import type { NewAdmin } from './create-admin-options.js'
import { readNewAdmin } from './create-admin-options.js'
import type { Interruption } from './interruptible.js'
import { runInterruptibly } from './interruptible.js'
import { withDatabase } from './with-database.js'

/** Where this configuration's Signet takes the login mutation; the path alone where its port is any free one. */
const endpointOf = ({ publicUrl, host, port }: Config): string =>
  `${publicUrl ?? (port === 0 ? '' : addressOf(host, port))}/graphql`

const makeAdmin = async (
  interruption: Interruption,
  db: Database,
  { email, name, promote }: NewAdmin,
  config: Config,
): Promise<string> => {
  const next = `Log in with the login mutation at ${endpointOf(config)}.`
  const existing = await findUserWithEmail({ db }, email)
  if (existing && promote) {
    const needs = {
      db,
      clock: systemClock,
      revocationSeconds: keptSeconds(config.accessTokenSeconds),
      // A running Signet hears it from the database.
      feed: { announce: async () => {} },
    }
    return (await promoteToAdmin(needs, existing.id))
      ? `User ${existing.id} is an administrator now, with the password they have. ${next}`
      : `User ${existing.id} was an administrator already; nothing was changed. ${next}`
  }
  if (existing) {
    throw new StartError(
      'An account with this e-mail address exists; nothing was changed. Add --promote to make it an administrator.',
    )
  }
  const password = await askPassword(interruption)
  const { passwordMinLength } = config
  const user = await createAdmin({ db, clock: systemClock, passwordMinLength }, { email, name, password })
  return `User ${user.id} is made, an administrator. ${next}`
}

/** One line for the operator, whatever happened. */
const asStartError = (fault: unknown): StartError => {
  if (fault instanceof StartError) return fault
  if (fault instanceof SignetError || fault instanceof BadInputError) return new StartError(fault.message)
  if (isOutage(fault)) {
    return new StartError('The database stopped answering. Run the same again: it tells what was done.')
  }
  const [line] = redact(fault instanceof Error ? fault.message.trim() : String(fault)).split('\n')
  return new StartError(`It did not work, and nothing was changed: ${line}`, { cause: fault })
}

/**
 * Makes an administrator of nobody or, with `--promote`, of a user, and says what to do next. Throws StartError. Its
 * exit code tells a signal that ended it.
 */
export const createAdminFromCommandLine = (
  say: (line: string) => void,
  args: readonly string[],
): Promise<void> =>
  runInterruptibly(async interruption => {
    try {
      const wanted = readNewAdmin(args)
      const config = readConfig(undefined, { needsSecret: false })
      const needs = { log: createLog('silent'), signal: interruption.signal }
      await withDatabase(needs, config, async db => say(await makeAdmin(interruption, db, wanted, config)))
    } catch (fault) {
      throw asStartError(fault)
    }
  })
