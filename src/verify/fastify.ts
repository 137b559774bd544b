// For Fastify 5.
import type { ProtectOptions } from './admit.js'
import { admit } from './admit.js'
import type { WithHeaders } from './authorization.js'
import { authorizationOf } from './authorization.js'
import type { Verifier } from './verifier.js'

interface Request {
  readonly raw: WithHeaders
}

interface Reply {
  code(status: number): this
  headers(values: Record<string, string>): this
  send(payload: object): this
}

/** What of a Fastify instance is needed. */
interface Instance<Req extends Request, Rep extends Reply> {
  decorateRequest(name: 'viewer', value: null): unknown
  addHook(name: 'onRequest', hook: (request: Req, reply: Rep) => Promise<unknown>): unknown
}

/** Makes a plugin: every request of the scope that registers it has a `viewer`, or is refused. */
export const fastifyPlugin = (verifier: Pick<Verifier, 'verify'>, options?: ProtectOptions) => {
  const plugin = async <Req extends Request, Rep extends Reply>(
    instance: Instance<Req, Rep>,
  ): Promise<void> => {
    instance.decorateRequest('viewer', null)
    instance.addHook('onRequest', async (request, reply) => {
      const admission = await admit(verifier, authorizationOf(request.raw), options)
      if (admission.ok) {
        Reflect.set(request, 'viewer', admission.viewer)
        return
      }
      const { status, headers, body } = admission.refused
      return reply
        .code(status)
        .headers({ ...headers })
        .send(body)
    })
  }
  // As fastify-plugin does it: the hook holds where the plugin is registered, not only inside itself.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
