import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LoginDocument, ViewerDocument } from '../generated/graphql.js'
import type { TestDatabase } from '../support/database.js'
import { createTestDatabase } from '../support/database.js'
import type { SignetProcess } from '../support/process.js'
import { spawnSignet } from '../support/process.js'
import type { World } from '../support/world.js'
import { createClient, createWorld, newAccount } from '../support/world.js'

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-users-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

const spawnUsers = (env: Record<string, string>, args: readonly string[]): SignetProcess =>
  spawnSignet(env, ['users', ...args], undefined, 'pipe')

/** Runs `signet users …` with this on its standard input, and gives what came of it. */
const users = async (env: Record<string, string>, args: readonly string[], input = '') => {
  const command = spawnUsers(env, args)
  command.child.stdin?.end(input)
  const code = await command.exited
  return { code, ...command.output() }
}

const userLine =
  /^User ([0-9a-f-]{36}) is made, an administrator\. Log in with the login mutation at (\S+)\.\n$/

const rolesAfterLogin = async (
  client: ReturnType<typeof createClient>,
  account: { email: string; password: string },
) => {
  const { accessToken } = await client.logIn(account)
  return (await client.run(ViewerDocument, {}, { token: accessToken })).data.viewer?.roles
}

describe('signet users create-admin', () => {
  let world: World
  let env: Record<string, string>
  beforeAll(async () => {
    world = await createWorld()
    env = { DATABASE_URL: world.databaseUrl }
  })
  afterAll(() => world.close())

  test('makes an account that logs in as an administrator, and prints no more than its id and what to do next', async () => {
    const account = newAccount()
    const made = await users(
      // Production, yet without SIGNET_SECRET.
      { ...env, NODE_ENV: 'production', SIGNET_PUBLIC_URL: 'https://auth.example.com' },
      ['create-admin', '--email', account.email.toUpperCase(), '--name', 'Ada'],
      `${account.password}\r\nanother line\n`,
    )
    expect(made).toEqual({ code: 0, stdout: expect.stringMatching(userLine), stderr: '' })
    const [, id, address] = userLine.exec(made.stdout) ?? []
    expect(address).toBe('https://auth.example.com/graphql')
    const { accessToken, user } = await world.logIn(account)
    expect(user).toMatchObject({ id, email: account.email, name: 'Ada', roles: ['admin'] })
    const { viewer } = (await world.run(ViewerDocument, {}, { token: accessToken })).data
    expect(viewer).toMatchObject({ userId: id, roles: ['admin'] })
  })

  test('changes nothing about an account that exists, unless told to promote it', async () => {
    const { email, password, user } = await world.signUp()
    await world.pool.query(`UPDATE users SET roles = '{editor}' WHERE id = $1`, [user.id])
    const args = ['create-admin', '--email', email]
    const refused = await users(env, args, `${newAccount().password}\n`)
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'An account with this e-mail address exists; nothing was changed. Add --promote to make it an administrator.\n',
    })
    expect(await rolesAfterLogin(world, { email, password })).toEqual(['editor'])

    // Its password is not asked: standard input is empty.
    const promoted = await users(env, [...args, '--name', 'Other', '--promote'])
    expect(promoted).toMatchObject({ code: 0, stderr: '' })
    expect(promoted.stdout).toMatch(new RegExp(`^User ${user.id} is an administrator now, .*\\n$`))
    expect(await rolesAfterLogin(world, { email, password })).toEqual(['editor', 'admin'])

    const again = await users(env, [...args, '--promote'])
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('was an administrator already; nothing was changed')
    expect((await world.logIn({ email, password })).user).toMatchObject({
      name: null,
      roles: ['editor', 'admin'],
    })
    for (const { stdout } of [promoted, again]) expect(stdout).not.toContain(email)
  })

  test('with --promote and nobody of that address makes the account', async () => {
    const account = newAccount()
    const made = await users(env, ['create-admin', '--promote', `--email=${account.email}`], account.password)
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(userLine) })
    expect(await rolesAfterLogin(world, account)).toEqual(['admin'])
  })

  test('in an empty database migrates it first, and Signet starts on it after', async () => {
    const database: TestDatabase = await createTestDatabase({ migrated: false })
    const account = newAccount()
    const empty = { DATABASE_URL: database.url }
    const made = await users(empty, ['create-admin', '--email', account.email], `${account.password}\n`)
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const beside = await createWorld({ databaseUrl: database.url })
    expect(await rolesAfterLogin(beside, account)).toEqual(['admin'])
    await beside.close()
    await database.drop()
  })

  test('that cannot be done says why in one line, repeats no address and no password, and makes no account', async () => {
    const { email, password } = newAccount()
    const unreachable = 'postgresql://signet:hunter2hunter2@127.0.0.1:1/signet'
    const faults: [args: string[], input: string | Buffer, line: RegExp][] = [
      [['create-admni'], '', /^There is no command 'users create-admni'\. There is: users create-admin\.$/],
      [['create-admin'], password, /^--email is missing/],
      [['create-admin', '--email'], password, /^--email needs a value/],
      [['create-admin', '--email', '--promote'], password, /^--email needs a value/],
      [['create-admin', '--email', 'nobody'], password, /^This is not an e-mail address/],
      [['create-admin', '--email', email, '--name', 'A\nda'], password, /^name must be one line/],
      [['create-admin', '--email', email, '--promote=yes'], password, /^--promote takes no value/],
      [['create-admin', '--email', email, '--role', password], '', /^There is no option --role\./],
      [['create-admin', '--email', email, password], '', /^There is an argument that belongs to no option\./],
      ...[
        ['--password', password],
        [`--password=${password}`],
        [`--pass=${password}`],
        [`-p${password}`],
      ].map(([option = '', ...value]): [string[], string, RegExp] => [
        ['create-admin', '--email', email, option, ...value],
        password,
        /^The password is never taken from an option, .* pipe it in as one line\.$/,
      ]),
      [
        ['create-admin', '--email', email],
        '',
        /^No password was given: type it .* or pipe it in as one line\.$/,
      ],
      [['create-admin', '--email', email], '\npassword in the second line', /^No password was given/],
      [['create-admin', '--email', email], 'short\n', /^The password needs at least 8 characters\.$/],
      [['create-admin', '--email', email], 'password123\n', /^This password is among the first/],
      [['create-admin', '--email', email], `${email}\n`, /^The password may not be your e-mail address/],
      [['create-admin', '--email', email], 'x'.repeat(10_000), /^The line on standard input is too long/],
      [
        ['create-admin', '--email', email],
        Buffer.from('caf\xe9 au lait, s.v.p.', 'latin1'),
        /not in UTF-8\.$/,
      ],
    ]
    for (const [args, input, line] of faults) {
      const { code, stdout, stderr } = await usersWith(input, args)
      expect({ args, code, stdout, lines: stderr.split('\n').length }).toEqual({
        args,
        code: 1,
        stdout: '',
        lines: 2,
      })
      expect(stderr.trimEnd()).toMatch(line)
      for (const secret of [email, password]) expect(stderr).not.toContain(secret)
    }
    const far = await users({ DATABASE_URL: unreachable }, ['create-admin', '--email', email], password)
    expect(far).toMatchObject({ code: 1, stdout: '' })
    expect(far.stderr).toMatch(/^The database cannot be reached: .*ECONNREFUSED.*\n$/)
    expect(far.stderr).not.toContain('hunter2')
    expect(
      (await world.run(LoginDocument, { input: { email, password, delivery: 'BODY' } })).error.extensions
        .code,
    ).toBe('INVALID_CREDENTIALS')

    async function usersWith(input: string | Buffer, args: string[]) {
      const command = spawnUsers(env, args)
      command.child.stdin?.end(input)
      const code = await command.exited
      return { code, ...command.output() }
    }
  }, 60_000)

  test('takes no password from the environment', async () => {
    const { email, password } = newAccount()
    const tried = await users({ ...env, SIGNET_ADMIN_PASSWORD: password }, ['create-admin', '--email', email])
    expect(tried).toMatchObject({ code: 1, stdout: '' })
    expect(tried.stderr).toContain('SIGNET_ADMIN_PASSWORD is not a key that Signet knows.')
    expect(tried.stderr).not.toContain(password)
  })
})

describe('signet users create-admin on the embedded database', () => {
  test('works before the first start of Signet, and leaves nothing running', async () => {
    const env = { DATA_DIR: await newFolder(), PORT: '0' }
    const account = newAccount()
    const made = await users(env, ['create-admin', '--email', account.email], `${account.password}\n`)
    expect(made).toEqual({ code: 0, stdout: expect.stringMatching(userLine), stderr: '' })
    expect(existsSync(join(env.DATA_DIR, 'postgres', 'data', 'postmaster.pid'))).toBe(false)
    const signet = spawnSignet(env)
    expect(await rolesAfterLogin(createClient(await signet.ready), account)).toEqual(['admin'])
    signet.child.kill('SIGTERM')
    expect(await signet.exited).toBe(0)
  })

  test('works while Signet runs on it, which goes on', async () => {
    // Too deep for a socket's path.
    const env = { DATA_DIR: join(await newFolder(), 'deep'.repeat(20), 'deeper'.repeat(10)), PORT: '0' }
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
  })

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
  })
})

describe('signet users', () => {
  test('alone or asked for help explains itself', async () => {
    for (const args of [[], ['--help'], ['create-admin', '--email', 'x', '-h']]) {
      const told = await users({}, args)
      expect(told).toMatchObject({ code: 0, stderr: '' })
      expect(told.stdout).toMatch(/signet users create-admin --email ADDRESS .*--promote/)
    }
  })
})
