import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RefreshInput } from '../generated/graphql.js'
import { LoginDocument, LogoutDocument, RefreshDocument, SignupDocument } from '../generated/graphql.js'
import { findFreePort } from '../support/free-port.js'
import type { World } from '../support/world.js'
import { createWorld, newAccount } from '../support/world.js'

const app = 'https://app.example.com'
const name = '__Host-signet_rt'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_ALLOWED_ORIGINS: `${app},http://localhost:5173` } })
})
afterAll(() => world.close())

interface SetCookie {
  readonly value: string
  /** Names in lower case; true for an attribute without a value. */
  readonly attributes: Readonly<Record<string, string | true>>
}

const readSetCookie = (headers: Headers): SetCookie | null => {
  const lines = headers.getSetCookie()
  if (lines.length === 0) return null
  expect(lines).toHaveLength(1)
  const [pair = '', ...rest] = (lines[0] ?? '').split('; ')
  expect(pair.startsWith(`${name}=`)).toBe(true)
  return {
    value: pair.slice(name.length + 1),
    attributes: Object.fromEntries(
      rest.map(part => {
        const [key = '', value] = part.split('=')
        return [key.toLowerCase(), value ?? true]
      }),
    ),
  }
}

const tokenOf = (headers: Headers): string => readSetCookie(headers)?.value ?? ''

/** Signs up in a browser of the app's. */
const signUpInBrowser = async (to: World = world) => {
  const account = newAccount()
  const answer = await to.run(
    SignupDocument,
    { input: { ...account, delivery: 'COOKIE' } },
    { headers: { origin: app } },
  )
  const { signup } = answer.data
  return { ...signup, ...account, cookie: tokenOf(answer.headers), answer }
}

const withCookie = (value: string, origin: string | null = app): { headers: Record<string, string> } => ({
  headers: { cookie: `theme=dark; ${name}=${value}; lang=de`, ...(origin !== null && { origin }) },
})

const refreshWith = (value: string, origin: string | null = app, input: RefreshInput | null = null) =>
  world.run(RefreshDocument, { input }, withCookie(value, origin))

const readRow = async (sessionId: string): Promise<unknown> =>
  (await world.pool.query('SELECT * FROM sessions WHERE id = $1', [sessionId])).rows[0]

describe('the refresh cookie', () => {
  test('is out of reach of scripts, other hosts, plain http and foreign pages, and ends with its token', async () => {
    const { answer, refreshTokenExpiresAt } = await signUpInBrowser()
    const cookie = readSetCookie(answer.headers)
    const { expires, ...attributes } = cookie?.attributes ?? {}
    expect(attributes).toEqual({ path: '/', httponly: true, secure: true, samesite: 'Strict' })
    expect(cookie?.value).toMatch(/^signet_rt_[\w-]+$/)
    expect(expires).toBe(new Date(refreshTokenExpiresAt).toUTCString())
  })

  test('is Lax where the operator says so', async () => {
    const lax = await createWorld({
      env: { SIGNET_ALLOWED_ORIGINS: app, SIGNET_COOKIE_SAME_SITE: 'lax' },
    })
    try {
      const { answer } = await signUpInBrowser(lax)
      expect(readSetCookie(answer.headers)?.attributes.samesite).toBe('Lax')
    } finally {
      await lax.close()
    }
  })

  test('holds the token that a body then does not: at sign-up, at login and at every refresh', async () => {
    const { refreshToken, email, password, session, ...signUp } = await signUpInBrowser()
    expect(refreshToken).toBeNull()
    const login = await world.run(
      LoginDocument,
      { input: { email, password, delivery: 'COOKIE' } },
      { headers: { origin: app } },
    )
    expect(login.data.login.refreshToken).toBeNull()
    expect(tokenOf(login.headers)).not.toBe(signUp.cookie)

    let { cookie } = signUp
    for (let round = 0; round < 3; round++) {
      const refreshed = await refreshWith(cookie)
      expect(refreshed.data.refresh).toMatchObject({ refreshToken: null, session: { id: session.id } })
      const next = readSetCookie(refreshed.headers)
      expect(next?.attributes.expires).toBe(
        new Date(refreshed.data.refresh.refreshTokenExpiresAt).toUTCString(),
      )
      expect(next?.value).not.toBe(cookie)
      cookie = next?.value ?? ''
    }
  })

  test('is read among other cookies, quoted or not, and the first of two of its name counts', async () => {
    const first = await signUpInBrowser()
    const second = await signUpInBrowser()
    const send = (cookie: string) =>
      world.run(RefreshDocument, { input: null }, { headers: { origin: app, cookie } })
    const both = await send(`${name}=${first.cookie}; ${name}=${second.cookie}`)
    expect(both.data.refresh.session.id).toBe(first.session.id)
    const quoted = await send(`a="${name}=x"; ${name}=${second.cookie}`)
    expect(quoted.data.refresh.session.id).toBe(second.session.id)
  })

  test.each([
    ['empty', '', 'MISSING'],
    ['garbage', 'garbage', 'UNKNOWN'],
    ['half a percent sign', '%E0%A4%A', 'UNKNOWN'],
    ['a forged token', `signet_rt_${'A'.repeat(70)}`, 'UNKNOWN'],
  ])('that is %s is refused, without a fault and without a new cookie', async (_, value, reason) => {
    const answer = await refreshWith(value)
    expect(answer.error.extensions).toMatchObject({ code: 'REFRESH_TOKEN_INVALID', reason })
    expect(readSetCookie(answer.headers)).toBeNull()
  })
})

describe('the token of a session in a cookie never stands in a body', () => {
  test('when the client gives it as input', async () => {
    const { cookie } = await signUpInBrowser()
    const answer = await world.refresh(cookie)
    expect(answer.data.refresh.refreshToken).toBeNull()
    expect(tokenOf(answer.headers)).toMatch(/^signet_rt_/)
    expect(JSON.stringify(answer.body)).not.toContain('signet_rt_')
  })

  test('when the client retries, by cookie and by input, with and without an attemptId', async () => {
    const { cookie } = await signUpInBrowser()
    const answers = [
      await refreshWith(cookie, app, { attemptId: 'mine' }),
      await refreshWith(cookie, app, { attemptId: 'mine' }),
      await refreshWith(cookie),
      await world.refresh(cookie, 'mine'),
      await world.refresh(cookie),
    ]
    expect(new Set(answers.map(({ headers }) => tokenOf(headers))).size).toBe(1)
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('signet_rt_')
  })

  test('when one document refreshes twice', async () => {
    const { cookie, session } = await signUpInBrowser()
    const fields = 'refreshToken session { id }'
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...withCookie(cookie).headers },
      body: JSON.stringify({
        query: `mutation ($t: String) { one: refresh { ${fields} } two: refresh(input: { refreshToken: $t }) { ${fields} } }`,
        variables: { t: cookie },
      }),
    })
    const one = { refreshToken: null, session: { id: session.id } }
    expect(await answer.json()).toEqual({ data: { one, two: one } })
    expect((await refreshWith(tokenOf(answer.headers))).data.refresh.session.id).toBe(session.id)
  })

  test('and a session in a body never sets a cookie', async () => {
    const account = newAccount()
    const signUp = await world.run(
      SignupDocument,
      { input: { ...account, delivery: 'BODY' } },
      { headers: { origin: app } },
    )
    const login = await world.run(LoginDocument, { input: account }, { headers: { origin: app } })
    const input = { refreshToken: login.data.login.refreshToken ?? null }
    const refreshed = await world.run(RefreshDocument, { input }, { headers: { origin: app } })
    // Even when its token is brought in a cookie.
    const carried = await refreshWith(refreshed.data.refresh.refreshToken ?? '')
    for (const { headers } of [signUp, login, refreshed, carried]) {
      expect(readSetCookie(headers)).toBeNull()
    }
    expect(carried.data.refresh.refreshToken).toMatch(/^signet_rt_/)
  })
})

describe('a token in the input', () => {
  test('wins over a cookie, whatever the Origin', async () => {
    const browser = await signUpInBrowser()
    const other = await world.signUp()
    const answer = await refreshWith(browser.cookie, 'https://evil.example', {
      refreshToken: other.refreshToken ?? null,
    })
    expect(answer.data.refresh.session.id).toBe(other.session.id)
    expect(readSetCookie(answer.headers)).toBeNull()
    expect((await refreshWith(browser.cookie)).data.refresh.session.id).toBe(browser.session.id)
  })

  test('that is garbage is refused although a good cookie came too', async () => {
    const { cookie } = await signUpInBrowser()
    const answer = await refreshWith(cookie, app, { refreshToken: 'garbage' })
    expect(answer.error.extensions).toMatchObject({ code: 'REFRESH_TOKEN_INVALID', reason: 'UNKNOWN' })
  })
})

const foreignOrigins: readonly [string, string | null][] = [
  ['no Origin', null],
  ['the Origin null', 'null'],
  ['a foreign Origin', 'https://evil.example'],
  ['another scheme', 'http://app.example.com'],
  ['another port', 'https://app.example.com:8443'],
  ['the port of https spelt out', 'https://app.example.com:443'],
  ['other letters', 'https://App.example.com'],
  ['a final slash', 'https://app.example.com/'],
  ['a subdomain', 'https://x.app.example.com'],
  ['the parent domain', 'https://example.com'],
  ['a domain that begins the same', 'https://app.example.com.evil.example'],
  ['two Origins', `${app}, https://evil.example`],
  ['an empty Origin', ''],
]

describe('from', () => {
  test.each(foreignOrigins)('%s, the cookie neither refreshes nor signs out', async (_, origin) => {
    const { cookie, session, accessToken } = await signUpInBrowser()
    const before = await readRow(session.id)
    const options = withCookie(cookie, origin)
    for (const answer of [
      await world.run(RefreshDocument, { input: null }, options),
      await world.run(LogoutDocument, { input: null }, options),
      await world.run(LogoutDocument, { input: null }, { ...options, token: accessToken }),
    ]) {
      expect(answer.error.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'ORIGIN' })
      expect(readSetCookie(answer.headers)).toBeNull()
    }
    expect(await readRow(session.id)).toEqual(before)
  })

  test.each(foreignOrigins.filter(([, origin]) => origin !== null))(
    '%s, nobody is given a cookie: not at sign-up, login or refresh',
    async (_, origin) => {
      const { cookie, email, password } = await signUpInBrowser()
      const options = { headers: { origin: origin ?? '' } }
      const account = newAccount()
      const answers = [
        await world.run(SignupDocument, { input: { ...account, delivery: 'COOKIE' } }, options),
        await world.run(LoginDocument, { input: { email, password, delivery: 'COOKIE' } }, options),
        await world.run(RefreshDocument, { input: { refreshToken: cookie } }, options),
      ]
      for (const answer of answers) {
        expect(answer.error.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'ORIGIN' })
        expect(readSetCookie(answer.headers)).toBeNull()
      }
      const { rows } = await world.pool.query(
        'SELECT (SELECT count(*)::int FROM users WHERE email = $1) AS made, count(*)::int AS sessions FROM sessions JOIN users u ON u.id = user_id WHERE u.email = $2',
        [account.email, email],
      )
      expect(rows).toEqual([{ made: 0, sessions: 1 }])
    },
  )

  test('a client that is no browser, without an Origin, a cookie may be had', async () => {
    const account = newAccount()
    const signUp = await world.run(SignupDocument, { input: { ...account, delivery: 'COOKIE' } })
    expect(signUp.data.signup.refreshToken).toBeNull()
    expect(tokenOf(signUp.headers)).toMatch(/^signet_rt_/)
  })

  test('every allowed origin and Signet’s own, the cookie works', async () => {
    const { cookie, session } = await signUpInBrowser()
    const { port } = new URL(world.url)
    const origins = [
      app,
      'http://localhost:5173',
      world.url,
      `http://localhost:${port}`,
      `http://127.0.0.1:${port}`,
    ]
    let current = cookie
    for (const origin of origins) {
      const answer = await refreshWith(current, origin)
      expect(answer.data.refresh.session.id).toBe(session.id)
      current = tokenOf(answer.headers)
    }
  })

  test('Signet’s public address, the cookie works, and from where it really listens not', async () => {
    const port = await findFreePort()
    const proxied = await createWorld({
      env: { SIGNET_PUBLIC_URL: 'https://auth.example.com/sso', HOST: '0.0.0.0', PORT: `${port}` },
    })
    try {
      const reach = `http://127.0.0.1:${port}`
      const send = (origin: string) =>
        fetch(`${reach}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin, cookie: `${name}=garbage` },
          body: '{"query":"mutation{refresh{accessToken}}"}',
        }).then(answer => answer.text())
      expect(await send('https://auth.example.com')).toContain('"reason":"UNKNOWN"')
      expect(await send(reach)).toContain('"reason":"ORIGIN"')
    } finally {
      await proxied.close()
    }
  })
})

describe('signing out', () => {
  test('by cookie ends the session and clears the cookie', async () => {
    const { cookie } = await signUpInBrowser()
    const logout = await world.run(LogoutDocument, { input: null }, withCookie(cookie))
    expect(logout.data.logout.sessionsEnded).toBe(1)
    const cleared = readSetCookie(logout.headers)
    expect(cleared).toEqual({
      value: '',
      attributes: {
        path: '/',
        httponly: true,
        secure: true,
        samesite: 'Strict',
        expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      },
    })
    expect((await refreshWith(cookie)).error.extensions).toMatchObject({ reason: 'ENDED' })
  })

  test('again, or with a worthless cookie, clears the cookie too', async () => {
    for (const value of ['garbage', `signet_rt_${'A'.repeat(70)}`]) {
      const logout = await world.run(LogoutDocument, { input: null }, withCookie(value))
      expect(logout.data.logout.sessionsEnded).toBe(0)
      expect(readSetCookie(logout.headers)?.value).toBe('')
    }
  })

  test('by a token in the input leaves the cookie of another session alone', async () => {
    const browser = await signUpInBrowser()
    const other = await world.signUp()
    const logout = await world.run(
      LogoutDocument,
      { input: { refreshToken: other.refreshToken ?? null } },
      withCookie(browser.cookie),
    )
    expect(logout.data.logout.sessionsEnded).toBe(1)
    expect(readSetCookie(logout.headers)).toBeNull()
    expect((await refreshWith(browser.cookie)).body.errors).toBeUndefined()
  })
})

test('a refused refresh clears nothing: its late answer must not delete the cookie of a newer sign-in', async () => {
  const { cookie } = await signUpInBrowser()
  await world.run(LogoutDocument, { input: { refreshToken: cookie } })
  const refused = await refreshWith(cookie)
  expect(refused.error.extensions.code).toBe('REFRESH_TOKEN_INVALID')
  expect(readSetCookie(refused.headers)).toBeNull()
})
