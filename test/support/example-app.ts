// examples/react-app as a user's browser meets it: built, served from its own origin, with a real Signet behind it.
import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { eventually } from './eventually.js'
import { findFreePort } from './free-port.js'
import { createWorld } from './world.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
const app = join(root, 'examples', 'react-app')

const end = async (child: ChildProcess): Promise<void> => {
  const exited = new Promise(resolve => child.once('exit', resolve))
  if (child.exitCode === null && child.kill('SIGTERM')) await exited
}

/** A page of a fresh profile, and what went wrong in it. */
export interface Visit {
  readonly page: Page
  /** Errors in the console, those for an answer with an error status aside. */
  readonly faults: string[]
  /** The names of the operations that it has sent. */
  readonly sent: string[]
  /** How often it has asked to be told what happens elsewhere. */
  readonly subscriptions: () => number
  close(): Promise<void>
}

/** Builds the app for a Signet of its own and serves both. */
export const createExampleApp = async () => {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) throw new Error(`There is no Chromium at ${executablePath}.`)
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: url } })
  const folder = await mkdtemp(join(tmpdir(), 'signet-example-'))
  // The same site as the app: a cookie does not care for the port.
  const signetUrl = `${world.url.replace('127.0.0.1', 'localhost')}/graphql`
  await run(process.execPath, [vite, 'build', app, '--outDir', folder, '--emptyOutDir'], {
    env: { ...process.env, NODE_ENV: 'production', VITE_SIGNET_URL: signetUrl },
  })
  const serving = ['preview', app, '--outDir', folder, '--port', `${port}`, '--strictPort']
  const server = spawn(process.execPath, [vite, ...serving], { stdio: 'ignore' })
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  await eventually(async () => (await fetch(url)).ok)

  return {
    url,
    world,
    visit: async (options: BrowserContextOptions = {}, path = '/'): Promise<Visit> => {
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
      context.setDefaultTimeout(10_000)
      const [faults, sent]: [string[], string[]] = [[], []]
      context.on('console', message => {
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          faults.push(message.text())
      })
      context.on('weberror', webError => faults.push(String(webError.error())))
      context.on('request', request => {
        const name = /"operationName":"(\w+)"|"query":"mutation (\w+)/.exec(request.postData() ?? '')
        if (name) sent.push(name[1] ?? name[2] ?? '')
      })
      const page = await context.newPage()
      let subscriptions = 0
      page.on('websocket', socket =>
        socket.on('framesent', ({ payload }) => {
          if (String(payload).includes('"subscribe"')) subscriptions++
        }),
      )
      await page.goto(`${url}${path}`)
      return { page, faults, sent, subscriptions: () => subscriptions, close: () => context.close() }
    },
    close: async (): Promise<void> => {
      await browser.close()
      await end(server)
      await rm(folder, { recursive: true, force: true })
      await world.close()
    },
  }
}

/** The example app, running. */
export type ExampleApp = Awaited<ReturnType<typeof createExampleApp>>
