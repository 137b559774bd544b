// A client of Signet: GraphQL over kept-alive connections, and the tokens out of its answers.
import { Agent, request } from 'node:http'

/** An answer, with how long it took. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly milliseconds: number
}

/** A pair of tokens. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Ends all kept connections. */
export const closeConnections = (): void => agent.destroy()

/** Sends one operation. */
export const ask = (
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  token?: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const body = JSON.stringify({ query, variables })
    const sent = request(
      `${url}/graphql`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...(token && { authorization: `Bearer ${token}` }),
        },
      },
      response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
        })
        response.on('end', () => {
          const milliseconds = performance.now() - startedAt
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), milliseconds })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })

/** Walks into an answer; undefined where the path ends early. */
export const read = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  )

/** Throws when an answer holds errors: the figures would be those of refusals. */
export const must = (answer: Answer): Answer => {
  if (read(answer.body, ['errors']) !== undefined || read(answer.body, ['data']) == null) {
    throw new Error(`Signet refused: ${JSON.stringify(read(answer.body, ['errors']))}`)
  }
  return answer
}

const tokensOf = (answer: Answer, field: string): Tokens => {
  const accessToken = read(must(answer).body, ['data', field, 'accessToken'])
  const refreshToken = read(answer.body, ['data', field, 'refreshToken'])
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string')
    throw new Error(`no tokens in ${field}`)
  return { accessToken, refreshToken }
}

const refreshQuery = `mutation Refresh($input: RefreshInput!) {
  refresh(input: $input) { accessToken accessTokenExpiresAt refreshToken user { id } }
}`

const loginQuery = `mutation Login($input: LoginInput!) {
  login(input: $input) { ... on AuthPayload { accessToken accessTokenExpiresAt refreshToken user { id } } }
}`

/** Exchanges a refresh token, as a careful client does: with an attemptId. */
export const refresh = async (
  url: string,
  refreshToken: string,
): Promise<Tokens & { readonly milliseconds: number }> => {
  const answer = await ask(url, refreshQuery, { input: { refreshToken, attemptId: crypto.randomUUID() } })
  return { ...tokensOf(answer, 'refresh'), milliseconds: answer.milliseconds }
}

/** Logs in. */
export const logIn = async (
  url: string,
  email: string,
  password: string,
): Promise<Tokens & { readonly milliseconds: number }> => {
  const answer = await ask(url, loginQuery, { input: { email, password } })
  return { ...tokensOf(answer, 'login'), milliseconds: answer.milliseconds }
}

/** Whether an instance refuses an access token as revoked. */
export const refuses = async (url: string, accessToken: string): Promise<boolean> => {
  const answer = await ask(url, '{ viewer { userId } }', {}, accessToken)
  return read(answer.body, ['errors', 0, 'extensions', 'reason']) === 'REVOKED'
}
