// Ends a server without cutting anybody off: what was begun is answered, what comes meanwhile is told to come back.
import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'

// Longer than the slowest operation: two statements that each run into their time-out.
const patienceMilliseconds = 20_000

/** Counts requests from now on; the function it gives resolves when none is left and the server is closed. */
export const createDrain = (server: Server): (() => Promise<void>) => {
  // By connection: with it goes whatever waits behind an answer that ended it, and is never told so.
  const active = new Map<Socket, number>()
  let total = 0
  let onIdle = (): void => {}
  const leave = (count: number): void => {
    total -= count
    if (total === 0) onIdle()
  }
  server.on('connection', (socket: Socket) => {
    // It is told again of a connection whose upgrade is declined (without-upgrade.ts).
    if (active.has(socket)) return
    active.set(socket, 0)
    socket.on('close', () => {
      const left = active.get(socket) ?? 0
      active.delete(socket)
      leave(left)
    })
  })
  const enter: RequestListener = ({ socket }, response) => {
    active.set(socket, (active.get(socket) ?? 0) + 1)
    total += 1
    response.on('close', () => {
      const count = active.get(socket)
      // Else it left with its connection.
      if (count === undefined) return
      active.set(socket, count - 1)
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
