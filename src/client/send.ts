// Sends one operation to Signet and sorts the answer: data, a refusal, or no answer at all. What is no answer says nothing
// about a session.
import type { SignetEnvironment } from './environment.js'
import { detailsIn, SignetError, unreachable } from './errors.js'
import { isObject, parseJson } from './json.js'
import type { TypedString } from './typed-string.js'
import { answerMs } from './waits.js'

/** What came of it. */
export type Sent<Data> =
  | { readonly kind: 'data'; readonly data: Data; readonly sentAt: number }
  | ({ readonly kind: 'refused' | 'unanswered'; readonly error: SignetError } & Failure)

/** What to try again after. */
export interface Failure {
  readonly error: unknown
  /** The least seconds to wait before the next try. */
  readonly retryAfterSeconds: number
}

interface How {
  readonly accessToken?: string | undefined
  /** Calls a listener when nobody wants the answer any more: then the request is cut off. */
  readonly until?: (listener: () => void) => () => void
  /** Whether it is sent even if the page is closed meanwhile. */
  readonly keepalive?: boolean
}

/** Sends an operation; never throws. */
export type Send = <Data, Variables>(
  document: TypedString<Data, Variables>,
  variables: Variables,
  how?: How,
) => Promise<Sent<Data>>

interface Needs {
  readonly environment: SignetEnvironment
  readonly url: string
  readonly credentials: 'include' | 'omit'
}

const fail = (kind: 'refused' | 'unanswered', error: SignetError, retryAfterSeconds = 0): Sent<never> => ({
  kind,
  error,
  retryAfterSeconds,
})

interface Answer {
  readonly data?: unknown
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[]
}

const isAnswer = (body: unknown): body is Answer => isObject(body)

/** The server validated what it answers against the schema that Data was generated from. */
const hasData = <Data>(body: Answer): body is { readonly data: Data & object } =>
  !body.errors && isObject(body.data)

const sort = (body: Answer, status: number): Sent<never> => {
  const [details] = detailsIn(body)
  const first = body.errors?.[0]
  const message = first?.message ?? `No answer of Signet's came from its address, but status ${status}.`
  if (details) {
    const error = new SignetError(message, details)
    return 'retryAfterSeconds' in details
      ? fail('unanswered', error, details.retryAfterSeconds)
      : fail('refused', error)
  }
  const serverCode = first?.extensions?.code
  // A fault of the server's, or of something before it, may be over the next time.
  return !first || status >= 500 || status === 429 || serverCode === 'INTERNAL_SERVER_ERROR'
    ? fail('unanswered', unreachable(message))
    : fail('refused', new SignetError(message, { code: 'UNEXPECTED', serverCode }))
}

/** Makes what sends operations to one Signet. */
export const createSend = ({ environment, url, credentials }: Needs): Send => {
  const post = async (body: string, { accessToken, until, keepalive = false }: How) => {
    const controller = new AbortController()
    const cut = (): void => controller.abort()
    const cancel = environment.setTimer(answerMs, cut)
    const unwatch = until?.(cut)
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
        keepalive,
        signal: controller.signal,
      })
      const answer = parseJson(await response.text())
      return { status: response.status, answer: isAnswer(answer) ? answer : {} }
    } finally {
      cancel()
      unwatch?.()
    }
  }

  return async <Data, Variables>(
    query: TypedString<Data, Variables>,
    variables: Variables,
    how: How = {},
  ): Promise<Sent<Data>> => {
    const sentAt = environment.now()
    try {
      const { status, answer } = await post(JSON.stringify({ query, variables }), how)
      return hasData<Data>(answer) ? { kind: 'data', data: answer.data, sentAt } : sort(answer, status)
    } catch {
      return fail('unanswered', unreachable())
    }
  }
}
