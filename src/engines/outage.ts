// Tells a store that is out of reach from a fault in a query. Only the former is UNAVAILABLE to the caller.

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
])

// SQLSTATE: connection lost (08), resources (53), shutdown, start-up and time-outs (57), system and I/O (58),
// refused at the door (28, 3D000, and 55000 of a database that takes no connections just now), read-only after a
// fail-over (25006), serialization and deadlock (40), lock time-out (55P03).
const outageStates = /^(08|28|3D000|53|57|58|25006|40|55000|55P03)/

// Prisma: P1xxx is the connection; P2024 the pool, P2028 the transaction's own time-out, P2034 a write conflict.
const prismaCodes = /^(P1\d{3}|P2024|P2028|P2034)$/

// What pg says without a code.
const messages =
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Cannot use a pool after calling end/

const kinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionWriteConflict',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'TlsConnectionError',
])

const isOutageCode = (code: unknown): boolean =>
  typeof code === 'string' &&
  (networkCodes.has(code) ||
    prismaCodes.test(code) ||
    (/^[0-9A-Z]{5}$/.test(code) && outageStates.test(code)))

/** Whether an error, or one that it was caused by, says that the store cannot be reached or did not answer in time. */
export const isOutage = (error: unknown, depth = 0): boolean => {
  if (typeof error !== 'object' || error === null || depth > 6) return false
  const member = (name: string): unknown => Reflect.get(error, name)
  if (isOutageCode(member('code')) || isOutageCode(member('originalCode'))) return true
  const kind = member('kind')
  if (typeof kind === 'string' && kinds.has(kind)) return true
  const message = member('message')
  if (typeof message === 'string' && messages.test(message)) return true
  const errors = member('errors')
  return [
    member('cause'),
    member('originalError'),
    member('meta'),
    member('driverAdapterError'),
    // graphql-js wraps what is no Error of its own realm: a socket's error, where the server runs in a vm context.
    member('thrownValue'),
    ...(Array.isArray(errors) ? errors : []),
  ].some(inner => isOutage(inner, depth + 1))
}
