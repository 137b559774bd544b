// A real Signet on a real database of its own, and clients that talk to it over HTTP.
import { randomBytes } from 'node:crypto'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { afterAll } from '@jest/globals'
import { print } from 'graphql'
import { Pool } from 'pg'
import { serve } from '../../src/cli/serve.js'
import { readConfig } from '../../src/config.js'
import { systemStopwatch } from '../../src/lib/clock.js'
import { createLog } from '../../src/lib/log.js'
import type { TokensFragment } from '../generated/graphql.js'
import { LoginDocument, RefreshDocument, SignupDocument } from '../generated/graphql.js'
import { createTestDatabase } from './database.js'
import { keepSecrets, newLogFile } from './run-log.js'

export interface GraphqlError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: { readonly code: string; readonly reason?: string } & Record<string, unknown>
}

export interface Answer<Data> {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly data?: Data | null; readonly errors?: readonly GraphqlError[] }
  /** The data; throws when the answer holds errors. */
  readonly data: Data
  /** The one error; throws when there is none or more than one. */
  readonly error: GraphqlError
}

export interface SendOptions {
  readonly token?: string
  readonly headers?: Record<string, string>
}

const createAnswer = <Data>(status: number, headers: Headers, body: Answer<Data>['body']): Answer<Data> => ({
  status,
  headers,
  body,
  get data() {
    if (body.errors || !body.data) throw new Error(`expected data, got ${JSON.stringify(body)}`)
    return body.data
  },
  get error() {
    const [error, ...more] = body.errors ?? []
    if (!error || more.length > 0) throw new Error(`expected one error, got ${JSON.stringify(body)}`)
    return error
  },
})

const secretNames = new Set([
  'email',
  'password',
  'currentPassword',
  'newPassword',
  'accessToken',
  'refreshToken',
])

const collectSecrets = (value: unknown, into: Set<string>): void => {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    if (secretNames.has(name) && typeof inner === 'string' && inner.length > 6) into.add(inner)
    else collectSecrets(inner, into)
  }
}

/** A client of a Signet at an address. */
export const createClient = (url: string, secrets: Set<string> = new Set()) => {
  const run = async <Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    { token, headers }: SendOptions = {},
  ): Promise<Answer<Data>> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify({ query: print(document), variables }),
    })
    const body = (await response.json()) as Answer<Data>['body']
    collectSecrets([variables, body], secrets)
    return createAnswer(response.status, response.headers, body)
  }

  return {
    run,
    /** Signs a new user up and gives their tokens. */
    signUp: async (
      account: Partial<{ email: string; password: string; name: string }> = {},
    ): Promise<TokensFragment & { email: string; password: string }> => {
      const input = { ...newAccount(), ...account }
      const { signup } = (await run(SignupDocument, { input: { ...input, delivery: 'BODY' } })).data
      return { ...signup, email: input.email, password: input.password }
    },
    logIn: async (account: { email: string; password: string }): Promise<TokensFragment> =>
      (
        await run(LoginDocument, {
          input: { email: account.email, password: account.password, delivery: 'BODY' },
        })
      ).data.login,
    refresh: (refreshToken: string | null | undefined, attemptId?: string) =>
      run(RefreshDocument, {
        input: { refreshToken: refreshToken ?? null, ...(attemptId && { attemptId }) },
      }),
    send: (path: string, init?: RequestInit): Promise<Response> => fetch(`${url}${path}`, init),
  }
}

/** An account that nobody has yet. */
export const newAccount = (): { email: string; password: string } => ({
  email: `ada-${randomBytes(6).toString('hex')}@example.com`,
  password: `correct horse ${randomBytes(6).toString('hex')}`,
})

export interface World extends ReturnType<typeof createClient> {
  readonly url: string
  /** Null where SIGNET_METRICS_LISTEN is not set. */
  readonly metricsUrl: string | null
  readonly databaseUrl: string
  readonly secret: string
  readonly logFile: string
  /** Direct access, to look at rows and to make what no mutation can. */
  readonly pool: Pool
  /** Moves the server's clock. */
  advance(seconds: number): void
  /** Lets time pass for the server's stopwatch, which no clock touches. */
  pass(seconds: number): void
  close(): Promise<void>
}

export interface WorldOptions {
  /** Environment of this Signet. */
  readonly env?: Record<string, string>
  /** Another world's database and secret: a second instance beside it. */
  readonly beside?: World
  /** In the place of a database of its own: a proxy in front of one. */
  readonly databaseUrl?: string
}

// A test that fails leaves its worlds; they go with its file, or nothing would end.
const open = new Set<World>()
afterAll(async () => {
  await Promise.allSettled([...open].map(world => world.close()))
})

/** Starts a Signet. */
export const createWorld = async ({ env = {}, beside, databaseUrl }: WorldOptions = {}): Promise<World> => {
  const id = randomBytes(8).toString('hex')
  const own = beside || databaseUrl ? null : await createTestDatabase()
  const address = databaseUrl ?? beside?.databaseUrl ?? own?.url ?? ''
  const secret = beside?.secret ?? randomBytes(32).toString('base64url')
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'trace',
    DATABASE_URL: address,
    SIGNET_SECRET: secret,
    // Its keys are made in no time; those of RS256 take half a second. Tests of what a token is name theirs.
    JWT_ALGORITHM: 'ES256',
    SIGNET_FAST_LANE: process.env.TEST_FAST_LANE ?? 'on',
    ...env,
  })
  let offsetMilliseconds = 0
  const logFile = newLogFile(id)
  const clock = () => new Date(Date.now() + offsetMilliseconds)
  let passedSeconds = 0
  const stopwatch = () => systemStopwatch() + passedSeconds
  const signet = await serve({ clock, stopwatch, log: createLog(config.logLevel, logFile) }, config)
  const secrets = new Set([secret, ...(config.metricsToken ? [config.metricsToken] : [])])
  const pool = new Pool({ connectionString: address, max: 2 })
  pool.on('error', () => {})
  const world: World = {
    ...createClient(signet.url, secrets),
    url: signet.url,
    metricsUrl: signet.metricsUrl,
    databaseUrl: address,
    secret,
    logFile,
    pool,
    advance: seconds => {
      offsetMilliseconds += seconds * 1000
    },
    pass: seconds => {
      passedSeconds += seconds
    },
    close: async () => {
      if (!open.delete(world)) return
      keepSecrets(id, secrets)
      await signet.close()
      await pool.end()
      await own?.drop()
    },
  }
  open.add(world)
  return world
}
