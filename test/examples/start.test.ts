import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from '@jest/globals'

const start = fileURLToPath(new URL('../../examples/react-app/start.js', import.meta.url))

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Listens where the example would, so that it has to go elsewhere. */
const take = async (port: number): Promise<void> => {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  const outcome = await Promise.race([once(server, 'listening').then(() => 'taken'), once(server, 'error')])
  if (outcome === 'taken') closers.push(() => new Promise(resolve => server.close(resolve)))
}

test('one command starts Signet and the app on free ports, says where they are, and Ctrl-C ends both', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-example-'))
  closers.push(() => rm(folder, { recursive: true, force: true }))
  await take(4000)
  const example = spawn(process.execPath, [start], {
    env: { PATH: process.env.PATH ?? '', DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(example, 'exit')
  closers.unshift(() => example.kill('SIGTERM') && exited)
  let said = ''
  example.stdout.on('data', text => {
    said += text
  })
  const ended = exited.then(() => Promise.reject(new Error(`the example ended: ${said}`)))
  ended.catch(() => {})
  while (!said.includes('Ctrl-C')) await Promise.race([once(example.stdout, 'data'), ended])

  const [app = '', signet = ''] = said.match(/http:\/\/localhost:\d+/g) ?? []
  expect(signet).not.toBe('http://localhost:4000')
  expect(await (await fetch(app)).text()).toContain('<title>Signet example</title>')
  expect(await (await fetch(`${app}/src/session.ts`)).text()).toContain(`${signet}/graphql`)
  const answer = await fetch(`${signet}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: app },
    body: '{"query":"{ viewer { userId } }"}',
  })
  expect(answer.headers.get('access-control-allow-origin')).toBe(app)
  expect(await answer.json()).toEqual({ data: { viewer: null } })

  example.kill('SIGINT')
  expect(await exited).toEqual([0, null])
  await expect(fetch(app)).rejects.toThrow()
  await expect(fetch(signet)).rejects.toThrow()
}, 60_000)
