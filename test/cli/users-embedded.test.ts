import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { spawnSignet } from '../support/process.js'
import { rolesAfterLogin, spawnUsers, userLine, users } from '../support/users.js'
import { createClient, newAccount } from '../support/world.js'

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-users-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

describe('signet users create-admin on the embedded database', () => {
  test('works before the first start of Signet, and leaves nothing running', async () => {
    const env = { DATA_DIR: await newFolder(), PORT: '0', JWT_ALGORITHM: 'ES256' }
    const account = newAccount()
    const made = await users(env, ['create-admin', '--email', account.email], `${account.password}\n`)
    expect(made).toEqual({ code: 0, stdout: expect.stringMatching(userLine), stderr: '' })
    expect(existsSync(join(env.DATA_DIR, 'postgres', 'data', 'postmaster.pid'))).toBe(false)
    const signet = spawnSignet(env)
    expect(await rolesAfterLogin(createClient(await signet.ready), account)).toEqual(['admin'])
    signet.child.kill('SIGTERM')
    expect(await signet.exited).toBe(0)
  }, 60_000)

  test('works while Signet runs on it, which goes on', async () => {
    // Too deep for a socket's path.
    const folder = join(await newFolder(), 'deep'.repeat(20), 'deeper'.repeat(10))
    const env = { DATA_DIR: folder, PORT: '0', JWT_ALGORITHM: 'ES256' }
    const signet = spawnSignet(env)
    const client = createClient(await signet.ready)
    const other = await client.signUp()
    const account = newAccount()
    const made = await users(env, ['create-admin', '--email', account.email], `${account.password}\n`)
    expect(made).toEqual({ code: 0, stdout: expect.stringMatching(userLine), stderr: '' })
    expect(await rolesAfterLogin(client, account)).toEqual(['admin'])
    expect((await client.refresh(other.refreshToken)).body.errors).toBeUndefined()
    signet.child.kill('SIGTERM')
    expect(await signet.exited).toBe(0)
    expect(signet.output().stderr).not.toMatch(/"level":[456]0/)
  }, 60_000)

  test('interrupted while it waits for the password leaves quietly, with exit code 130 and the database stopped', async () => {
    const env = { DATA_DIR: await newFolder() }
    const lock = join(env.DATA_DIR, 'postgres', 'data', 'postmaster.pid')
    const waiting = spawnUsers(env, ['create-admin', '--email', newAccount().email])
    while (!(await readFile(lock, 'utf8').catch(() => '')).includes('ready')) {
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    waiting.child.kill('SIGINT')
    expect(await waiting.exited).toBe(130)
    expect(waiting.output()).toEqual({ stdout: '', stderr: '' })
    expect(existsSync(lock)).toBe(false)
  }, 60_000)
})
