// A port that nothing listens on, for a Signet whose public address is another than where it listens.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/**
 * Not one that the system gives to outgoing connections: who knocks at such a port again and again is some day given that
 * very port, is connected to itself, and keeps it from whoever was to listen there.
 */
export const findFreePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 30_000)
    if (await isFree(port)) return port
  }
}
