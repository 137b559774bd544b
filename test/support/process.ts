// A real `signet` process, as an operator starts it.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll } from '@jest/globals'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

// A test that fails leaves its processes; they go with its file.
const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGTERM')
})

/** Whether a process lives; one that nobody has waited for yet (a zombie) does not. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

export interface SignetProcess {
  readonly child: ChildProcess
  /** What it wrote so far. */
  readonly output: () => { stdout: string; stderr: string }
  /** Resolves with its address when it says that it is ready; rejects when it exits before. */
  readonly ready: Promise<string>
  readonly exited: Promise<number | null>
}

/** Spawns `signet` with no environment but this and what node needs; with `stdin: 'pipe'`, the test writes that. */
export const spawnSignet = (
  env: Record<string, string>,
  args: readonly string[] = [],
  cwd?: string,
  stdin: 'ignore' | 'pipe' = 'ignore',
): SignetProcess => {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: [stdin, 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  })
  children.add(child)
  // One that ends before it reads is not the test's fault.
  child.stdin?.on('error', () => {})
  child.once('exit', () => children.delete(child))
  let stdout = ''
  let stderr = ''
  child.stderr?.on('data', chunk => {
    stderr += chunk
  })
  const exited = new Promise<number | null>(resolve => child.on('close', code => resolve(code)))
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', chunk => {
      stdout += chunk
      const address = /ready.*?(http:\/\/[^/\s]+)/.exec(stdout)?.[1]
      if (address) resolve(address)
    })
    void exited.then(code => reject(new Error(`signet exited with ${code}: ${stderr}`)))
  })
  ready.catch(() => {})
  return { child, output: () => ({ stdout, stderr }), ready, exited }
}
