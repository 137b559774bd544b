// For Express, Connect, and node:http without any of them.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProtectOptions, WithViewer } from './admit.js'
import { admit } from './admit.js'
import type { Verifier } from './verifier.js'

/**
 * Makes a middleware: it sets `request.viewer` and calls on, or answers the refused request. On node:http, call it with
 * the handler as `next`.
 */
export const nodeMiddleware =
  (verifier: Pick<Verifier, 'verify'>, options?: ProtectOptions) =>
  (request: IncomingMessage & Partial<WithViewer>, response: ServerResponse, next: () => void): void => {
    void admit(verifier, request.headersDistinct.authorization ?? [], options).then(admission => {
      if (admission.ok) {
        request.viewer = admission.viewer
        return next()
      }
      const { status, headers, body } = admission.refused
      response.writeHead(status, headers).end(JSON.stringify(body))
    })
  }
