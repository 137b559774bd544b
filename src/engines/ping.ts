// A sign of life from a database connection.
import type { Client, Connection } from 'pg'

const pingMilliseconds = 2_000

/**
 * Asks the server for a sign of life, by a message that is no query: it opens no transaction and counts nowhere. Rejects
 * when none comes in time, or the connection is gone.
 */
export const ping = (client: Client): Promise<void> =>
  new Promise((resolve, reject) => {
    const message = {
      query_timeout: pingMilliseconds,
      callback: (error: Error | null): void => (error ? reject(error) : resolve()),
      submit: (connection: Connection): void => connection.sync(),
      // pg puts its timer around `callback`, so that is what must be called.
      handleReadyForQuery: () => message.callback(null),
      handleError: (error: Error) => message.callback(error),
    }
    client.query(message)
  })
