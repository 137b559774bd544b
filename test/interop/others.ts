// Processes of other services that verify Signet's tokens, and how a client asks them.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A kind of process, and the verifiers that it holds. */
export interface Kind {
  readonly command: string
  readonly script: string
  readonly verifiers: readonly string[]
}

/** Libraries for Node: one a file. */
export const inNode: Kind = {
  command: process.execPath,
  script: fileOf('service.js'),
  verifiers: readdirSync(fileOf('verifiers')).map(file => file.replace(/\.js$/, '')),
}

/** PyJWT. */
export const inPython: Kind = {
  command: process.env.PYTHON_PATH ?? '/usr/bin/python3',
  script: fileOf('pyjwt.py'),
  verifiers: ['pyjwt'],
}

/** A Signet that the services believe. */
export interface Trusted {
  readonly issuer: string
  readonly algorithm: 'RS256' | 'ES256'
  /** How many times shorter than by default the libraries keep the keys; 1: their own defaults. */
  readonly shrink: number
}

/** What a service said to a token: the claims that it saw, or none and why. */
export interface Verdict {
  readonly status: number
  readonly claims: Readonly<Record<string, unknown>> | undefined
  readonly body: string
}

export interface Others {
  ask(algorithm: string, verifier: string, token: string): Promise<Verdict>
  stop(): Promise<void>
}

/** Starts the services; throws when their process ends before it listens, with what it wrote. */
export const startOthers = async (
  { command, script }: Kind,
  trusted: readonly Trusted[],
): Promise<Others> => {
  const child = spawn(command, [script, JSON.stringify(trusted)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let errors = ''
    child.stderr.on('data', chunk => {
      errors += chunk
    })
    child.stdout.once('data', chunk => resolve(String(chunk).trim()))
    child.once('error', reject)
    void exited.then(() => reject(new Error(`The services ended before they listened: ${errors}`)))
  })
  return {
    ask: async (algorithm, verifier, token) => {
      const answer = await fetch(`${url}/${algorithm}/${verifier}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ claims }' }),
      })
      const body = await answer.text()
      const parsed: unknown = body.startsWith('{') ? JSON.parse(body) : {}
      return {
        status: answer.status,
        claims: (parsed as { data?: Pick<Verdict, 'claims'> }).data?.claims,
        body,
      }
    },
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}
