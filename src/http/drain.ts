// Ends a server without cutting anybody off: what was begun is answered, what comes meanwhile is told to come back.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

// Longer than the slowest operation: two statements that each run into their time-out.
const patienceMilliseconds = 20_000

/** Counts requests from now on; the function it gives resolves when none is left and the server is closed. */
export const createDrain = (server: Server): (() => Promise<void>) => {
  // By connection: with it goes whatever waits behind an answer that ended it, and is never told so.
  const active = new Map<Socket, number>()
  let onIdle = (): void => {}
  const leave = (socket: Socket, left: number): void => {
    if (left > 0) active.set(socket, left)
    else active.delete(socket)
    if (active.size === 0) onIdle()
  }
  server.on('connection', (socket: Socket) => socket.once('close', () => leave(socket, 0)))
  server.on('request', ({ socket }, response) => {
    active.set(socket, (active.get(socket) ?? 0) + 1)
    response.once('close', () => leave(socket, (active.get(socket) ?? 0) - 1))
  })

  return async () => {
    if (active.size > 0) {
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
