import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
// Inside the project, so that the consumer finds graphql and the plugins as one of its own would.
const folder = join(root, 'node_modules', '.cache', 'signet', `consumer-${process.pid}`)

const operations = `
  mutation LogIn($input: LoginInput!) {
    login(input: $input) {
      __typename
      ... on AuthPayload { accessToken refreshToken user { id email name roles } session { id current } }
    }
  }
  query Me { me { id name createdAt } }
`

const config = (generates: object): string =>
  JSON.stringify({
    schema: join(root, 'schema.graphql'),
    documents: join(folder, 'operations.graphql'),
    emitLegacyCommonJSImports: false,
    generates,
  })

const consumer = (documents: string): string => `
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { LogInDocument, MeDocument } from '${documents}'

declare function request<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data>

export const signIn = async (): Promise<string> => {
  const { login } = await request(LogInDocument, { input: { email: 'ada@example.com', password: 'p', delivery: 'COOKIE' } })
  const kind: 'AuthPayload' = login.__typename
  const name: string | null | undefined = login.user.name
  const isCurrent: boolean = login.session.current
  return [kind, name, isCurrent, ...login.user.roles].join()
}

export const whoAmI = async (): Promise<string | null> => (await request(MeDocument, {})).me?.id ?? null

// @ts-expect-error a password is required
export const withoutPassword = () => request(LogInDocument, { input: { email: 'ada@example.com' } })
// @ts-expect-error there is no such delivery
export const withWrongDelivery = () => request(LogInDocument, { input: { email: 'a', password: 'p', delivery: 'PIGEON' } })
// @ts-expect-error me may be null
export const withoutCheck = async (): Promise<string> => (await request(MeDocument, {})).me.id
`

beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'operations.graphql'), operations)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each([
  [
    'the client preset',
    'preset',
    { 'preset/': { preset: 'client', config: { useTypeImports: true, enumsAsTypes: true } } },
    './preset/graphql.js',
  ],
  [
    'typescript-operations with typed-document-node',
    'plugins',
    {
      'plugins.ts': {
        plugins: ['typescript-operations', 'typed-document-node'],
        config: { useTypeImports: true, enumsAsTypes: true },
      },
    },
    './plugins.js',
  ],
])(
  'an app that generates its code with %s compiles strictly',
  async (_, name, generates, documents) => {
    const inFolder = Object.fromEntries(
      Object.entries(generates).map(([path, how]) => [`${folder}/${path}`, how]),
    )
    await writeFile(join(folder, `${name}.json`), config(inFolder))
    await writeFile(join(folder, `${name}-consumer.ts`), consumer(documents))
    const bin = join(root, 'node_modules', '.bin')
    await run(join(bin, 'graphql-codegen'), ['--config', join(folder, `${name}.json`)], { cwd: root })
    const tsc = [
      '--strict',
      '--noEmit',
      '--target',
      'es2023',
      '--module',
      'nodenext',
      '--types',
      'node',
      '--ignoreConfig',
    ]
    const compiled = await run(join(bin, 'tsc'), [...tsc, join(folder, `${name}-consumer.ts`)], {
      cwd: root,
    }).catch((error: { stdout: string }) => error)
    expect(compiled.stdout).toBe('')
  },
  60_000,
)
