// What `signet clients` does in the database.
import type { Client } from '../clients/client.js'
import { createClient } from '../clients/create.js'
import { revokeClient } from '../clients/revoke.js'
import { findClients } from '../clients/store.js'
import type { Config } from '../config.js'
import type { Database } from '../engines/database.js'
import { systemClock } from '../lib/clock.js'
import { createLog } from '../lib/log.js'
import { runInterruptibly } from './interruptible.js'
import { withDatabase } from './with-database.js'

/** What is to be done. */
export type ClientTask =
  | { readonly kind: 'create'; readonly name: string }
  | { readonly kind: 'list' }
  | { readonly kind: 'revoke'; readonly id: string }

const describe = ({ id, name, createdAt, revokedAt }: Client): string =>
  [id, createdAt.toISOString(), revokedAt ? `revoked ${revokedAt.toISOString()}` : 'live', name].join('  ')

const perform = async (db: Database, task: ClientTask): Promise<string> => {
  const needs = { db, clock: systemClock }
  switch (task.kind) {
    case 'create':
      return createClient(needs, task.name)
    case 'list':
      return (await findClients(db.prisma)).map(describe).join('\n') || 'There is no client yet.'
    case 'revoke':
      await revokeClient(needs, task.id)
      return `Client ${task.id} is revoked: its credential opens nothing any more.`
  }
}

/** Does it, and says what came of it. Throws StartError, BAD_USER_INPUT or NOT_FOUND. */
export const changeClients = (say: (line: string) => void, task: ClientTask, config: Config): Promise<void> =>
  runInterruptibly(({ signal }) =>
    withDatabase(
      // What only looks, or takes away, changes no database of another version.
      { log: createLog('silent'), signal, whenBehind: task.kind === 'create' ? 'migrate' : 'refuse' },
      config,
      async db => say(await perform(db, task)),
    ),
  )
