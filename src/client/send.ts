// Sends one operation to Signet and sorts the answer: data, a refusal, or no answer at all. What is no answer says nothing
// about a session.
import type { SignetEnvironment } from './environment.js'
import { detailsIn, SignetError } from './errors.js'
import { isObject, parseJson } from './json.js'
import type { TypedString } from './typed-string.js'

/** What came of it. */
export type Sent<Data> =
  | { readonly kind: 'data'; readonly data: Data; readonly sentAt: number }
  | { readonly kind: 'refused'; readonly error: SignetError }
  | { readonly kind: 'unanswered'; readonly error: SignetError; readonly retryAfterSeconds: number }

/** Sends an operation; never throws. */
export type Send = <Data, Variables>(
  document: TypedString<Data, Variables>,
  variables: Variables,
  accessToken?: string,
) => Promise<Sent<Data>>

interface Needs {
  readonly environment: SignetEnvironment
  readonly url: string
  readonly credentials: 'include' | 'omit'
  readonly answerWithinMs: number
}

const unanswered = (message: string): Sent<never> => ({
  kind: 'unanswered',
  error: new SignetError(message, { code: 'UNREACHABLE' }),
  retryAfterSeconds: 0,
})

interface Answer<Data> {
  readonly data?: { readonly result?: Data } | null
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[]
}

const isAnswer = (body: unknown): body is Answer<unknown> =>
  isObject(body) && ('data' in body || 'errors' in body)

const sort = (body: Answer<unknown>, status: number): Sent<never> => {
  const [details] = detailsIn(body)
  const [first] = body.errors ?? []
  const message = first?.message ?? `Signet answered with status ${status} and no data.`
  if (details && 'retryAfterSeconds' in details) {
    const { retryAfterSeconds } = details
    return { kind: 'unanswered', error: new SignetError(message, details), retryAfterSeconds }
  }
  if (details) return { kind: 'refused', error: new SignetError(message, details) }
  const serverCode = first?.extensions?.code
  // A fault of the server's, or of something before it, may be over the next time.
  if (status >= 500 || status === 429 || serverCode === 'INTERNAL_SERVER_ERROR') return unanswered(message)
  const unexpected = { code: 'UNEXPECTED', ...(serverCode !== undefined && { serverCode }) } as const
  return { kind: 'refused', error: new SignetError(message, unexpected) }
}

/** Makes what sends operations to one Signet. */
export const createSend = ({ environment, url, credentials, answerWithinMs }: Needs): Send => {
  const post = async (body: string, accessToken: string | undefined) => {
    const controller = new AbortController()
    const cancel = environment.setTimer(answerWithinMs, () => controller.abort())
    try {
      const response = await environment.fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
        },
        credentials,
        body,
        signal: controller.signal,
      })
      return { status: response.status, body: parseJson(await response.text()) }
    } finally {
      cancel()
    }
  }

  return async <Data, Variables>(
    query: TypedString<Data, Variables>,
    variables: Variables,
    accessToken?: string,
  ): Promise<Sent<Data>> => {
    const sentAt = environment.now()
    try {
      const { status, body } = await post(JSON.stringify({ query, variables }), accessToken)
      if (!isAnswer(body))
        return unanswered(`No answer of Signet's came from its address, but status ${status}.`)
      return hasData<Data>(body) ? { kind: 'data', data: body.data, sentAt } : sort(body, status)
    } catch {
      return unanswered('Signet could not be reached. The session is kept; try again shortly.')
    }
  }
}

/** The server validated what it answers against the schema that Data was generated from. */
const hasData = <Data>(body: Answer<unknown>): body is { readonly data: Data & object } =>
  !body.errors && isObject(body.data)
