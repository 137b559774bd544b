import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
// Inside the project, so that the app finds Apollo Client, React and GraphQL; Signet itself is the packed one.
const app = join(root, 'node_modules', '.cache', 'signet', `app-${process.pid}`)

const operations = `
  query Me { me { id email name } }
  query Sessions { sessions { id current } }
`

const codegen = JSON.stringify({
  schema: join(root, 'schema.graphql'),
  documents: join(app, 'operations.graphql'),
  emitLegacyCommonJSImports: false,
  generates: {
    [`${app}/generated/`]: {
      preset: 'client',
      presetConfig: { persistedDocuments: true },
      config: { useTypeImports: true, enumsAsTypes: true },
    },
  },
})

const source = `
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import { ApolloProvider, useQuery } from '@apollo/client/react'
import { createSignetClient, isSignetError } from 'signet/client'
import type { SignetSession, SignetUser } from 'signet/client'
import { SignedIn, SignedOut, SignetProvider, useLogin, useLogout, useSession } from 'signet/client/react'
import { MeDocument, SessionsDocument } from './generated/graphql.js'

const url = 'https://auth.example.com/graphql'
export const signet = createSignetClient({
  url,
  delivery: 'cookie',
  onSignedOut: reason => {
    if (reason.code === 'REFRESH_TOKEN_INVALID' && reason.sessionEndReason === 'PASSWORD_CHANGED') location.reload()
  },
})
const client = new ApolloClient({ link: signet.link.concat(new HttpLink({ uri: url })), cache: new InMemoryCache() })

const Page = () => {
  const { data, error } = useQuery(MeDocument)
  const name: string | null | undefined = data?.me?.name
  return isSignetError(error, 'RATE_LIMITED') ? error.signet.retryAfterSeconds : name
}

const LogIn = () => {
  const [login, { loading, error }] = useLogin()
  const submit = async (): Promise<SignetUser | null> => login({ email: 'ada@example.com', password: 'p' })
  if (isSignetError(error, 'WEAK_PASSWORD')) return error.signet.minLength
  return <button disabled={loading} onClick={() => void submit()}>Log in</button>
}

const Bar = () => {
  const session: SignetSession = useSession()
  const [logout] = useLogout()
  return session.status === 'signedIn' ? <button onClick={() => void logout()}>{session.user.email}</button> : null
}

export const tree = (
  <SignetProvider client={signet}>
    <ApolloProvider client={client}>
      <Bar />
      <SignedIn loading="…">{user => <Page key={user.id} />}</SignedIn>
      <SignedOut>
        <LogIn />
      </SignedOut>
    </ApolloProvider>
  </SignetProvider>
)

export const current = async () =>
  (await client.query({ query: SessionsDocument })).data?.sessions.filter(session => session.current)

export const mistakes = (): string => {
  // @ts-expect-error there is no such delivery
  createSignetClient({ url, delivery: 'pigeon' })
  // @ts-expect-error a password is needed
  void signet.login({ email: 'ada@example.com' })
  // @ts-expect-error delivery is the client's, not the call's
  void signet.login({ email: 'ada@example.com', password: 'p', delivery: 'BODY' })
  // @ts-expect-error there is no such code
  isSignetError(null, 'NO_SUCH_CODE')
  // @ts-expect-error a user may be missing
  return signet.session().user.id
}
`

beforeAll(async () => {
  const unpacked = join(app, 'node_modules', 'signet')
  await mkdir(unpacked, { recursive: true })
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', app], {
    cwd: root,
  })
  const [packed]: { filename: string }[] = JSON.parse(stdout)
  await run('tar', ['-xzf', join(app, packed?.filename ?? ''), '--strip-components=1', '-C', unpacked])
  await writeFile(join(app, 'package.json'), '{"type":"module"}')
  await writeFile(join(app, 'operations.graphql'), operations)
  await writeFile(join(app, 'codegen.json'), codegen)
  await writeFile(join(app, 'app.tsx'), source)
}, 60_000)
afterAll(() => rm(app, { recursive: true, force: true }))

const compile = async (file: string, ...options: string[]): Promise<string> => {
  const tsc = ['--ignoreConfig', '--strict', '--noUncheckedIndexedAccess', '--jsx', 'react-jsx']
  const compiled = await run(join(bin, 'tsc'), [...tsc, '--target', 'es2023', ...options, join(app, file)], {
    cwd: app,
  }).catch((error: { stdout: string }) => error)
  return compiled.stdout
}

const bundled = '--noEmit --module esnext --moduleResolution bundler --lib es2023,dom'.split(' ')

/** The code in docs/react.md that holds something. */
const snippetWith = async (text: string): Promise<string> => {
  const guide = await readFile(join(root, 'docs', 'react.md'), 'utf8')
  const snippets = [...guide.matchAll(/^( *)```tsx?\n([\s\S]*?)^\1```/gm)].map(([, indent = '', code = '']) =>
    code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
  return snippets.find(code => code.includes(text)) ?? `no snippet has ${text}`
}

test('what the guide says goes into session.ts compiles strictly as it stands there', async () => {
  const [start, whole, connection] = await Promise.all(
    ['// session.ts', "from 'graphql-ws'", 'const askAgain'].map(snippetWith),
  )
  await writeFile(join(app, 'start.ts'), start ?? '')
  await writeFile(join(app, 'session.ts'), `${whole}${connection}`)
  for (const file of ['start.ts', 'session.ts']) expect(await compile(file, ...bundled)).toBe('')
}, 60_000)

test('an app with generated, persisted documents compiles strictly against the packed kit, and runs', async () => {
  await run(join(bin, 'graphql-codegen'), ['--config', join(app, 'codegen.json')], { cwd: root })
  expect(await compile('app.tsx', ...bundled)).toBe('')

  const esbuild = [
    'app.tsx',
    '--bundle',
    '--packages=external',
    '--format=esm',
    '--jsx=automatic',
    '--outfile=app.js',
  ]
  await run(join(bin, 'esbuild'), esbuild, { cwd: app })
  await writeFile(
    join(app, 'render.js'),
    `import { renderToString } from 'react-dom/server'
     import { signet, tree } from './app.js'
     process.stdout.write(renderToString(tree) + ' ' + signet.session().status)`,
  )
  const { stdout } = await run(process.execPath, [join(app, 'render.js')], { cwd: app, timeout: 30_000 })
  expect(stdout).toBe('… loading')
}, 120_000)

test('a Server Component may use the components: their module says that it belongs to the client', async () => {
  const module = await readFile(
    join(app, 'node_modules', 'signet', 'dist', 'client', 'react', 'index.js'),
    'utf8',
  )
  expect(module.split('\n').find(line => line && !line.startsWith('//'))).toMatch(/^'use client';?$/)
})

test('a program that holds a session and has nothing else to do ends', async () => {
  await writeFile(
    join(app, 'program.js'),
    `import { createSignetClient } from 'signet/client'
     const signet = createSignetClient({ url: 'http://127.0.0.1:9/graphql', delivery: 'body' })
     signet.subscribe(() => process.stdout.write(signet.session().status))`,
  )
  const { stdout } = await run(process.execPath, [join(app, 'program.js')], { cwd: app, timeout: 30_000 })
  expect(stdout).toBe('signedOut')
})

test('who imports the guard alone bundles little more than that', async () => {
  await writeFile(join(app, 'guard.js'), "export { isSignetError } from 'signet/client'")
  const { stdout } = await run(join(bin, 'esbuild'), ['guard.js', '--bundle', '--minify', '--format=esm'], {
    cwd: app,
  })
  expect(stdout).toContain('as isSignetError')
  expect(stdout.length).toBeLessThan(1_000)
})

test('React is not needed for signet/client', async () => {
  await writeFile(
    join(app, 'size.js'),
    `import { build } from 'esbuild'
     const { metafile } = await build({ stdin: { contents: "export { createSignetClient } from 'signet/client'", resolveDir: '.' },
       bundle: true, format: 'esm', write: false, metafile: true, external: ['@apollo/client', 'rxjs'] })
     const imports = Object.values(metafile.outputs).flatMap(one => one.imports.map(({ path }) => path))
     process.stdout.write([...new Set(imports)].sort().join())`,
  )
  const { stdout } = await run(process.execPath, [join(app, 'size.js')], { cwd: app, timeout: 30_000 })
  expect(stdout).toBe('@apollo/client/link,rxjs')
})
