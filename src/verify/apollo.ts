// For Apollo Server 4 and 5, whatever hosts it on node:http.
import type { ProtectOptions, Refused, WithViewer } from './admit.js'
import { admit } from './admit.js'
import type { WithHeaders } from './authorization.js'
import { authorizationOf } from './authorization.js'
import type { Verifier } from './verifier.js'

/** Apollo answers what its context function throws with the status and the headers that stand in `extensions.http`. */
const toError = ({ status, headers, body: { errors } }: Refused): Error => {
  const [{ message, extensions }] = errors
  const http = { status, headers: new Map(Object.entries(headers)) }
  return Object.assign(new Error(message), { extensions: { ...extensions, http } })
}

/** Makes a context function: its context is `{ viewer }`, and what it refuses is answered before anything executes. */
export const apolloContext =
  (verifier: Pick<Verifier, 'verify'>, options?: ProtectOptions) =>
  async ({ req }: { readonly req: WithHeaders }): Promise<WithViewer> => {
    const admission = await admit(verifier, authorizationOf(req), options)
    if (admission.ok) return { viewer: admission.viewer }
    throw toError(admission.refused)
  }
