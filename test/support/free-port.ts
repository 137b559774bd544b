// A port that nothing listens on, for a Signet whose public address is another than where it listens.
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
