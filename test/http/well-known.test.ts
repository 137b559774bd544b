import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { createTestDatabase } from '../support/database.js'
import { findFreePort } from '../support/free-port.js'
import { createProxy } from '../support/proxy.js'
import { head, sendRaw } from '../support/raw-request.js'
import type { World } from '../support/world.js'
import { createClient, createWorld } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { JWT_ALGORITHM: 'RS256' } })
})
afterAll(() => world.close())

const paths = [
  '/.well-known/jwks.json',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]

describe.each(paths)('%s', path => {
  test('may be read by every page and kept for five minutes', async () => {
    const answer = await world.send(path, { headers: { origin: 'https://anybody.example' } })
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=300',
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    })
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
  })

  test('is not sent again to who has it', async () => {
    const etag = (await world.send(path)).headers.get('etag') ?? ''
    const ask = (known: string) => world.send(path, { headers: { 'if-none-match': known } })
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask(known)
      expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', etag])
      expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    }
    expect((await ask('"other"')).status).toBe(200)
  })

  test('has its head alone, and cannot be written', async () => {
    const answer = await world.send(path, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(answer.headers.get('etag')).toBe((await world.send(path)).headers.get('etag'))
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await world.send(path, { method })
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
      expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] })
    }
  })
})

test('they may be kept for as long as the operator says', async () => {
  const brief = await createWorld({ env: { SIGNET_JWKS_MAX_AGE_SECONDS: '60' } })
  try {
    for (const path of paths) {
      expect((await brief.send(path)).headers.get('cache-control')).toBe('public, max-age=60')
    }
  } finally {
    await brief.close()
  }
})

test('the keys verify the tokens, and hold nothing private', async () => {
  const { accessToken } = await world.signUp()
  const jwks = JSON.parse(await (await world.send('/.well-known/jwks.json')).text())
  const { payload } = await jwtVerify(accessToken, createLocalJWKSet(jwks), {
    issuer: world.url,
    audience: 'signet',
    typ: 'at+jwt',
  })
  expect(payload.sid).toEqual(expect.any(String))
  for (const key of jwks.keys) {
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(member)
  }
})

test('a shared secret is never published', async () => {
  const shared = await createWorld({ env: { JWT_ALGORITHM: 'HS256' } })
  try {
    expect(await (await shared.send('/.well-known/jwks.json')).json()).toEqual({ keys: [] })
  } finally {
    await shared.close()
  }
})

describe('discovery', () => {
  test('names the issuer of the tokens and where the keys are', async () => {
    const { iss } = decodeJwt((await world.signUp()).accessToken)
    for (const path of paths.slice(1)) {
      const document = JSON.parse(await (await world.send(path)).text())
      expect(document).toMatchObject({
        issuer: iss,
        jwks_uri: `${world.url}/.well-known/jwks.json`,
        id_token_signing_alg_values_supported: ['RS256'],
      })
      expect((await fetch(document.jwks_uri)).status).toBe(200)
    }
  })

  test('believes the configuration and never the Host header', async () => {
    const port = await findFreePort()
    const reach = `http://127.0.0.1:${port}`
    const proxied = await createWorld({
      env: { SIGNET_PUBLIC_URL: 'https://auth.example.com/sso/', PORT: `${port}` },
    })
    try {
      const { iss } = decodeJwt((await createClient(reach).signUp()).accessToken)
      expect(iss).toBe('https://auth.example.com/sso')
      for (const path of paths.slice(1)) {
        for (const line of [`GET ${path}`, `GET http://evil.example${path}`]) {
          const [answer] = await sendRaw(
            reach,
            head(line, {
              Host: 'evil.example',
              'X-Forwarded-Host': 'evil.example',
              'X-Forwarded-Proto': 'http',
              Forwarded: 'host=evil.example',
            }),
          )
          expect(JSON.parse(answer?.body ?? '')).toMatchObject({
            issuer: iss,
            jwks_uri: 'https://auth.example.com/sso/.well-known/jwks.json',
          })
          expect(JSON.stringify(answer)).not.toContain('evil')
        }
      }
    } finally {
      await proxied.close()
    }
  })

  test('gives the issuer that the operator chose', async () => {
    const named = await createWorld({ env: { JWT_ISSUER: 'https://issuer.example' } })
    try {
      const { iss } = decodeJwt((await named.signUp()).accessToken)
      const document = await (await named.send('/.well-known/openid-configuration')).json()
      expect(document).toMatchObject({
        issuer: 'https://issuer.example',
        jwks_uri: `${named.url}/.well-known/jwks.json`,
      })
      expect(iss).toBe('https://issuer.example')
    } finally {
      await named.close()
    }
  })
})

test('all of them are answered while the database is down, at once', async () => {
  const database = await createTestDatabase()
  const proxy = await createProxy(database.url)
  const down = await createWorld({ databaseUrl: proxy.url })
  try {
    for (const takeAway of [proxy.stall, proxy.cut]) {
      takeAway()
      for (const path of paths) expect((await down.send(path)).status).toBe(200)
    }
  } finally {
    await down.close()
    await proxy.close()
    await database.drop()
  }
})
