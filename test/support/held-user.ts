// Changes of a user that somebody else has to wait for.
import { untilBlocked } from './blocked.js'
import type { World } from './world.js'

/** Runs statements over a user ($1) in one transaction, committed once what `begin` begins waits for it; gives what that gives. */
export const changeBefore = async <T>(
  { pool }: Pick<World, 'pool'>,
  userId: string,
  statements: readonly string[],
  begin: () => Promise<T>,
): Promise<T> => {
  const connection = await pool.connect()
  try {
    await connection.query('BEGIN')
    for (const statement of statements) await connection.query(statement, [userId])
    const begun = begin()
    await untilBlocked(pool)
    await connection.query('COMMIT')
    return await begun
  } finally {
    connection.release()
  }
}
