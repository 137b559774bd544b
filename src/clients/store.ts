// Clients as rows. Whoever changes one tells every instance, with the commit.
import type { Pool } from 'pg'
import type { Db } from '../engines/database.js'
import type { Client } from './client.js'

/** What an instance holds of a client that may follow the feed. */
export interface LiveClient {
  readonly id: string
  readonly secretHash: Uint8Array
}

/** The name under which instances are told that a client was made or revoked. */
export const clientsChannel = 'signet_clients'

/** Keeps a new client. */
export const insertClient = (
  db: Db,
  { id, name, createdAt }: Omit<Client, 'revokedAt'>,
  secretHash: Uint8Array<ArrayBuffer>,
): Promise<unknown> => db.$queryRaw`
  WITH made AS (
    INSERT INTO clients (id, name, secret_hash, created_at)
    VALUES (${id}::uuid, ${name}, ${secretHash}, ${createdAt}) RETURNING id
  ) SELECT id FROM made, pg_notify(${clientsChannel}, '')`

/** All clients, the newest first. */
export const findClients = (db: Db): Promise<Client[]> =>
  db.client.findMany({ orderBy: { id: 'desc' }, omit: { secretHash: true } })

/** Revokes a client; false where there is none of this id that was not revoked before. */
export const markClientRevoked = async (db: Db, id: string, at: Date): Promise<boolean> => {
  const rows = await db.$queryRaw<unknown[]>`
    WITH revoked AS (
      UPDATE clients SET revoked_at = ${at} WHERE id = ${id}::uuid AND revoked_at IS NULL RETURNING id
    ) SELECT id FROM revoked, pg_notify(${clientsChannel}, '')`
  return rows.length === 1
}

/** Every client that may follow the feed. */
export const findLiveClients = async (reader: Pick<Pool, 'query'>): Promise<LiveClient[]> =>
  (
    await reader.query<LiveClient>(
      'SELECT id, secret_hash AS "secretHash" FROM clients WHERE revoked_at IS NULL',
    )
  ).rows
