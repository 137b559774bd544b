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

// Both ways in one run of the generator and one of the compiler: each takes seconds to load.
const ways = {
  'the client preset': {
    name: 'preset',
    generates: { 'preset/': { preset: 'client', config: { useTypeImports: true, enumsAsTypes: true } } },
    documents: './preset/graphql.js',
  },
  'typescript-operations with typed-document-node': {
    name: 'plugins',
    generates: {
      'plugins.ts': {
        plugins: ['typescript-operations', 'typed-document-node'],
        config: { useTypeImports: true, enumsAsTypes: true },
      },
    },
    documents: './plugins.js',
  },
}

const config = JSON.stringify({
  schema: join(root, 'schema.graphql'),
  documents: join(folder, 'operations.graphql'),
  emitLegacyCommonJSImports: false,
  generates: Object.fromEntries(
    Object.values(ways).flatMap(({ generates }) =>
      Object.entries(generates).map(([path, how]) => [`${folder}/${path}`, how]),
    ),
  ),
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

const strictly = ['--strict', '--noEmit', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']

let complaints = ''
beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'operations.graphql'), operations)
  await writeFile(join(folder, 'codegen.json'), config)
  const sources = Object.values(ways).map(({ name, documents }) => ({
    file: join(folder, `${name}-consumer.ts`),
    text: consumer(documents),
  }))
  for (const { file, text } of sources) await writeFile(file, text)
  const bin = join(root, 'node_modules', '.bin')
  await run(join(bin, 'graphql-codegen'), ['--config', join(folder, 'codegen.json')], { cwd: root })
  const files = sources.map(({ file }) => file)
  const compiled = await run(join(bin, 'tsc'), [...strictly, '--ignoreConfig', ...files], {
    cwd: root,
  }).catch((error: { stdout: string }) => error)
  complaints = compiled.stdout
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(Object.keys(ways))('an app that generates its code with %s compiles strictly', name => {
  expect({ name, complaints }).toEqual({ name, complaints: '' })
})
