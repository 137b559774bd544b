// `signet keys`: signing keys from the command line. It has the server's environment, and changes the database that the
// running instances follow.
import { readConfig } from '../config.js'
import type { KeyNeeds } from '../keys/change.js'
import type { ListedKey } from '../keys/list.js'
import { listKeys } from '../keys/list.js'
import { revokeKey } from '../keys/revoke.js'
import { rotateKeys } from '../keys/rotate.js'
import { openVault } from '../keys/vault.js'
import { systemClock } from '../lib/clock.js'
import { assertNever } from '../lib/errors.js'
import { createLog } from '../lib/log.js'
import { StartError } from '../lib/start-error.js'
import { runInterruptibly } from './interruptible.js'
import { keySettingsOf } from './key-settings.js'
import { readServerSecret } from './server-secret.js'
import { withDatabase } from './with-database.js'

type Say = (line: string) => void

const usage = `Signing keys, from the command line.

Usage: signet keys list | rotate | revoke KID

  list     every key: its state, since when, and what happens to it next
  rotate   let the next key sign from now on; the one before verifies until its last token has expired
  revoke   forget a key at once: all its tokens become worthless, and clients refresh

Run it with the environment that the server has. Running instances follow within seconds.`

const show = (moment: Date): string => `${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`

const describeProspect = ({ prospect }: ListedKey): string => {
  switch (prospect.kind) {
    case 'signs':
      return prospect.at
        ? `signs from ${show(prospect.at)} on`
        : `signs when you rotate, not before ${show(prospect.from)}`
    case 'retires':
      return prospect.at ? `retires at ${show(prospect.at)}` : 'retires when you rotate'
    case 'goes':
      return `is gone at ${show(prospect.at)}`
    case 'stays':
      return 'stays, in case JWT_ALGORITHM is set back'
    default:
      return assertNever(prospect)
  }
}

const list = async (say: Say, needs: KeyNeeds): Promise<void> => {
  const rows = (await listKeys(needs)).map(key => [
    key.kid,
    key.algorithm,
    key.state,
    show(key.since),
    describeProspect(key),
  ])
  if (needs.keySettings.algorithm === 'HS256') {
    say('HS256 signs with one shared secret: JWT_SECRET or, without it, one kept in the database.')
    if (rows.length === 0) return
  }
  const table = [['kid', 'algorithm', 'state', 'since', 'what happens next'], ...rows]
  const widths = [0, 1, 2, 3].map(column => Math.max(...table.map(row => row[column]?.length ?? 0)))
  for (const row of table) say(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
}

const rotate = async (say: Say, needs: KeyNeeds): Promise<void> => {
  const outcome = await rotateKeys(needs)
  switch (outcome.kind) {
    case 'rotated':
      say(
        `${outcome.kid} signs from now on. ${outcome.retiredKid} verifies until its last token has expired.`,
      )
      return
    case 'none':
      throw new StartError(
        `Nothing was changed: this database has no ${needs.keySettings.algorithm} keys. Give this command the ` +
          'JWT_ALGORITHM that the server has; the server makes its keys when it starts.',
      )
    case 'waiting':
      throw new StartError(
        `Nothing was changed: the next key, ${outcome.kid}, may sign from ${show(outcome.readyAt)} on, when every ` +
          "service has seen it. Rotate again then. If the current key has leaked, 'signet keys revoke' waits for nothing.",
      )
    case 'shared-secret':
      throw new StartError(
        'Rotation does not apply to HS256, which signs with one shared secret. To replace that, set another JWT_SECRET ' +
          'for Signet and for every service that verifies with it, at the same time.',
      )
    default:
      assertNever(outcome)
  }
}

const revoke = async (say: Say, needs: KeyNeeds, kid: string | undefined): Promise<void> => {
  if (kid === undefined) {
    throw new StartError("Which key? 'signet keys list' has their names; then: signet keys revoke KID")
  }
  const outcome = await revokeKey(needs, kid)
  if (outcome.kind === 'unknown') {
    throw new StartError(
      "There is no key of this name, so nothing was changed. 'signet keys list' has them all.",
    )
  }
  const successor = outcome.signsNow === null ? '' : ` ${outcome.signsNow} signs from now on.`
  say(
    `Revoked. The key was ${outcome.state}; no instance accepts its tokens any more, within seconds.${successor}`,
  )
}

const commands: Readonly<Record<string, (say: Say, needs: KeyNeeds, argument?: string) => Promise<void>>> = {
  list,
  rotate,
  revoke,
}

/** Runs one of the commands below `keys`. Throws StartError. */
export const keys = async (say: Say, args: readonly string[]): Promise<void> => {
  const [name, argument, ...more] = args
  if (name === undefined || args.some(arg => arg === '--help' || arg === '-h')) return say(usage)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command || more.length > 0 || (argument !== undefined && name !== 'revoke')) {
    throw new StartError(`There is no such command. There are: signet keys list, rotate, revoke KID.`)
  }
  const config = readConfig()
  const log = createLog('warn')
  const secret = config.secret ?? (await readServerSecret(config.dataDir))
  await runInterruptibly(({ signal }) =>
    withDatabase({ log, signal, whenBehind: 'refuse' }, config, async db => {
      // Only a start seals anew, so the previous secret is not given here.
      const vault = await openVault({ db }, { secret, previousSecret: null })
      await command(say, { db, clock: systemClock, vault, keySettings: keySettingsOf(config) }, argument)
    }),
  )
}
