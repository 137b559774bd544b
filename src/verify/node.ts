// For Express, Connect, and node:http without any of them.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Admission, ProtectOptions, WithViewer } from './admit.js'
import { admit } from './admit.js'
import { authorizationOf } from './authorization.js'
import type { Verifier } from './verifier.js'

/**
 * Makes a middleware: it sets `request.viewer` and calls on, or answers the refused request. On node:http, call it with
 * the handler as `next`.
 */
export const nodeMiddleware =
  (verifier: Pick<Verifier, 'verify'>, options?: ProtectOptions) =>
  (
    request: IncomingMessage & Partial<WithViewer>,
    response: ServerResponse,
    next: (fault?: unknown) => void,
  ): void => {
    const answer = (admission: Admission): void => {
      // Another answered meanwhile, for instance because it took too long.
      if (response.headersSent || response.destroyed) return
      if (admission.ok) {
        request.viewer = admission.viewer
        // Outside of the promise, so that what the handler throws is what it is without a middleware.
        process.nextTick(next)
        return
      }
      const { status, headers, body } = admission.refused
      response.writeHead(status, headers).end(JSON.stringify(body))
    }
    admit(verifier, authorizationOf(request), options).then(answer, next)
  }
