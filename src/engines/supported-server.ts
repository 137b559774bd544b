// What the database has to be like, asked before anything in it is changed.
import type pg from 'pg'
import { StartError } from '../lib/start-error.js'

/** Throws StartError, which says what to change, for a server too old or with settings that Signet cannot live with. */
export async function requireSupportedServer(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{
    supported: boolean
    version: string
    schema: string | null
    isolation: string
  }>(
    `SELECT current_setting('server_version_num')::int >= 140000 AS supported,
            current_setting('default_transaction_isolation') AS isolation,
            current_setting('server_version') AS version,
            current_schema() AS schema`,
  )
  if (!rows[0]?.supported) {
    throw new StartError(`The database is PostgreSQL ${rows[0]?.version}: Signet needs 14 or newer.`)
  }
  // What runs at once is thought through for this level: statements see what was committed before them.
  if (rows[0].isolation !== 'read committed') {
    throw new StartError(
      `This database's default_transaction_isolation is '${rows[0].isolation}', and Signet needs 'read committed': ` +
        "give its role that (ALTER ROLE … SET default_transaction_isolation = 'read committed').",
    )
  }
  // A schema named like the role comes first in PostgreSQL's own search path.
  if (rows[0].schema !== 'public') {
    throw new StartError(
      `New tables would go to the schema ${rows[0].schema ?? '(none)'} of this database, and Signet keeps its own in public: ` +
        "set the role's search_path to public (ALTER ROLE … SET search_path = public).",
    )
  }
}
