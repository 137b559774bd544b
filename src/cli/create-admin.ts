// `signet users create-admin`: the way to the first administrator. There is no default account and no default password.
import { promoteToAdmin } from '../admin/promote.js'
import type { Config } from '../config.js'
import type { Database } from '../engines/database.js'
import { systemClock } from '../lib/clock.js'
import { createLog } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'
import { stampOf } from '../revocation/revoke.js'
import { createAdmin } from '../sign-in/password/create-admin.js'
import { createPasswordHashing } from '../sign-in/password/hash.js'
import { keptSeconds } from '../tokens/verify.js'
import { findUserWithEmail } from '../users/find.js'
import { addressOf } from './address.js'
import { askPassword } from './ask-password.js'
import type { NewAdmin } from './create-admin-options.js'
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
    const revocationSeconds = keptSeconds(config.accessTokenSeconds)
    const stamp = stampOf({ clock: systemClock, revocationSeconds })
    return (await promoteToAdmin({ db }, existing.id, stamp))
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
  const needs = { db, clock: systemClock, passwords: createPasswordHashing(1), passwordMinLength }
  const user = await createAdmin(needs, { email, name, password })
  return `User ${user.id} is made, an administrator. ${next}`
}

/**
 * Makes an administrator of nobody or, where wanted, of a user, and says what to do next. Throws StartError,
 * WEAK_PASSWORD or EMAIL_TAKEN. Where a signal ends it, the process' exit code says so.
 */
export const createAdminFromCommandLine = (
  say: (line: string) => void,
  wanted: NewAdmin,
  config: Config,
): Promise<void> =>
  runInterruptibly(async interruption => {
    const { signal } = interruption
    const needs = { log: createLog('silent'), signal, whenBehind: 'migrate' } as const
    await withDatabase(needs, config, async db => say(await makeAdmin(interruption, db, wanted, config)))
  })
