import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LoginDocument, ViewerDocument } from '../generated/graphql.js'
import { createTestDatabase } from '../support/database.js'
import { rolesAfterLogin, userLine, users } from '../support/users.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

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
    const database = await createTestDatabase({ migrated: false })
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
    const run = async (options: readonly string[], input: string | Buffer = `${password}\n`) => {
      const { code, stdout, stderr } = await users(env, ['create-admin', ...options], input)
      expect({ options, code, stdout }).toEqual({ options, code: 1, stdout: '' })
      expect(stderr).toMatch(/^[^\n]+\n$/)
      for (const secret of [email, password]) expect(stderr).not.toContain(secret)
      return stderr.trimEnd()
    }
    expect(await run([])).toMatch(/^--email is missing/)
    expect(await run(['--email'])).toMatch(/^--email needs a value/)
    expect(await run(['--email', '--promote'])).toMatch(/^--email needs a value/)
    expect(await run(['--email', 'nobody'])).toMatch(/^This is not an e-mail address/)
    const own = ['--email', email]
    expect(await run([...own, '--name', 'A\nda'])).toMatch(/^name must be one line/)
    expect(await run([...own, '--promote=yes'])).toMatch(/^--promote takes no value/)
    expect(await run([...own, '--role', password])).toMatch(/^There is no option --role\./)
    expect(await run([...own, password])).toMatch(/^There is an argument that belongs to no option\./)
    expect(await run(own, '')).toMatch(/^No password was given: type it .* or pipe it in as one line\.$/)
    expect(await run(own, 'short\n')).toBe('The password needs at least 8 characters.')
    expect(await run(own, 'x'.repeat(10_000))).toMatch(/^The line on standard input is too long/)
    expect(await run(own, Buffer.from('caf\xe9 au lait', 'latin1'))).toMatch(/ is not in UTF-8\.$/)
    const answer = await world.run(LoginDocument, { input: { email, password, delivery: 'BODY' } })
    expect(answer.error.extensions.code).toBe('INVALID_CREDENTIALS')
  })

  test('takes no password from an option', async () => {
    const { email, password } = newAccount()
    for (const option of [
      ['--password', password],
      [`--password=${password}`],
      [`--pass=${password}`],
      [`-p${password}`],
    ]) {
      expect(await users(env, ['create-admin', '--email', email, ...option])).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'The password is never taken from an option, where other users and the history of the shell would see it: ' +
          'leave it out and type it when asked, or pipe it in as one line.\n',
      })
    }
  })

  test('with its database out of reach says so in one line, without the password of that', async () => {
    const far = { DATABASE_URL: 'postgresql://signet:hunter2hunter2@127.0.0.1:1/signet' }
    const { code, stdout, stderr } = await users(far, ['create-admin', '--email', newAccount().email])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^The database cannot be reached: .*ECONNREFUSED.*\n$/)
    expect(stderr).not.toContain('hunter2')
  })

  test('takes no password from the environment', async () => {
    const { email, password } = newAccount()
    const tried = await users({ ...env, SIGNET_ADMIN_PASSWORD: password }, ['create-admin', '--email', email])
    expect(tried).toMatchObject({ code: 1, stdout: '' })
    expect(tried.stderr).toContain('SIGNET_ADMIN_PASSWORD is not a key that Signet knows.')
    expect(tried.stderr).not.toContain(password)
  })
})

describe('signet users', () => {
  test('with a command that there is not names the one there is', async () => {
    expect(await users({}, ['create-admni'])).toEqual({
      code: 1,
      stdout: '',
      stderr: "There is no command 'users create-admni'. There is: users create-admin.\n",
    })
  })

  test('alone or asked for help explains itself', async () => {
    for (const args of [[], ['--help'], ['create-admin', '--email', 'x', '-h']]) {
      const told = await users({}, args)
      expect(told).toMatchObject({ code: 0, stderr: '' })
      expect(told.stdout).toMatch(/signet users create-admin --email ADDRESS .*--promote/)
    }
  })
})
