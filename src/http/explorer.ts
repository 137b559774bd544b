// PLACEHOLDER so that the server compiles: overwrite this file whole.
import type { IncomingMessage, ServerResponse } from 'node:http'
export interface Explorer {
  servePage(response: ServerResponse): void
  serveAsset(pathname: string, request: IncomingMessage, response: ServerResponse): boolean
}
export const createExplorer = (_options: { endpoint: string }): Explorer => ({
  servePage: response => void response.end('explorer'),
  serveAsset: () => false,
})
