// For GraphQL Yoga 5.
import type { ProtectOptions } from './admit.js'
import { admit } from './admit.js'
import type { Verifier } from './verifier.js'

/** What of Yoga's hook `onRequestParse` is needed. */
interface OnRequestParsePayload {
  readonly request: { readonly headers: { get(name: string): string | null } }
  readonly serverContext: object
  readonly fetchAPI: { readonly Response: typeof Response }
  endResponse(response: Response): void
}

/** Makes a plugin: it adds `viewer` to the context, and answers refused requests before they are parsed. */
export const yogaPlugin = (verifier: Pick<Verifier, 'verify'>, options?: ProtectOptions) => ({
  onRequestParse: async ({
    request,
    serverContext,
    fetchAPI,
    endResponse,
  }: OnRequestParsePayload): Promise<void> => {
    const header = request.headers.get('authorization')
    const admission = await admit(verifier, header === null ? [] : [header], options)
    if (admission.ok) {
      Object.assign(serverContext, { viewer: admission.viewer })
      return
    }
    const { status, headers, body } = admission.refused
    endResponse(new fetchAPI.Response(JSON.stringify(body), { status, headers }))
  },
})
