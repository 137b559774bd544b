// Ends a server without cutting anybody off: what was begun is answered, what comes meanwhile is told to come back.
import type { Server } from 'node:http'

// Longer than the slowest operation: two statements that each run into their time-out.
const patienceMilliseconds = 20_000

/** Counts requests from now on; the function it gives resolves when none is left and the server is closed. */
export const createDrain = (server: Server): (() => Promise<void>) => {
  let active = 0
  let onIdle = (): void => {}
  const leave = (): void => {
    active--
    if (active === 0) onIdle()
  }
  server.on('request', (_, response) => {
    active++
    response.on('close', leave)
  })

  return async () => {
    if (active > 0) {
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
