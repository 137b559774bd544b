// Ends a server without cutting anybody off: what was begun is answered, what comes meanwhile is told to come back.
import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'

// Longer than the slowest operation: two statements that each run into their time-out.
const patienceMilliseconds = 20_000

/** Counts requests of connections opened from now on; the function it gives resolves when none is left and the server is closed. */
export const createDrain = (server: Server): (() => Promise<void>) => {
  const connections = new Map<Socket, { active: number }>()
  let total = 0
  let onIdle = (): void => {}
  const leave = (count: number): void => {
    total -= count
    if (total === 0) onIdle()
  }
  server.on('connection', (socket: Socket) => {
    // It is told again of a connection whose upgrade is declined (without-upgrade.ts).
    if (connections.has(socket)) return
    const connection = { active: 0 }
    connections.set(socket, connection)
    socket.on('close', () => {
      connections.delete(socket)
      // With it goes whatever waits behind an answer that ended it, and is never told so.
      leave(connection.active)
      connection.active = 0
    })
  })
  const enter: RequestListener = ({ socket }, response) => {
    const connection = connections.get(socket)
    // One from before.
    if (!connection) return
    connection.active += 1
    total += 1
    response.on('close', () => {
      // Else it left with its connection.
      if (connection.active === 0) return
      connection.active -= 1
      leave(1)
    })
  }
  server.on('request', enter)
  // Instead of it, where a client expects what node does not know.
  server.on('checkExpectation', enter)

  return async () => {
    if (total > 0) {
      // The server goes on listening, so that readiness says 503 to whoever routes requests here.
      await new Promise<void>(resolve => {
        const impatience = setTimeout(resolve, patienceMilliseconds)
        onIdle = () => {
          clearTimeout(impatience)
          resolve()
        }
      })
    }
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
}
