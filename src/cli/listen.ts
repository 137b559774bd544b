// Listens on an address, and says what to change where that cannot be.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartError } from '../lib/start-error.js'

/** Where to listen; port 0 takes a free one. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Listens and gives the port. Throws StartError that names the key to change: for the port, else for the address. */
export const listen = (
  server: Server,
  { host, port }: Address,
  portKey: string,
  addressKey = portKey,
): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const cure =
        error.code === 'EADDRINUSE'
          ? `something else listens there; set another ${portKey}`
          : `set another ${addressKey}`
      reject(new StartError(`Cannot listen on ${host}:${port} (${error.code}): ${cure}.`))
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
