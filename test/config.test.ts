import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { keys } from '../src/config/keys.js'
import { configTable, describeConfig, readConfig } from '../src/config.js'
import { StartError } from '../src/lib/start-error.js'

const goodSecret = randomBytes(32).toString('base64url')

const faultsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    if (error instanceof StartError) return error.message
    throw error
  }
}

describe('the configuration', () => {
  test('takes SIGNET_SECRET_PREVIOUS only beside a SIGNET_SECRET that is another', () => {
    const previous = randomBytes(32).toString('base64url')
    const both = { SIGNET_SECRET: goodSecret, SIGNET_SECRET_PREVIOUS: previous }
    expect(readConfig(both)).toMatchObject({ secret: goodSecret, previousSecret: previous })
    expect(faultsOf({ SIGNET_SECRET_PREVIOUS: previous })).toContain('needs the new SIGNET_SECRET beside it')
    expect(faultsOf({ ...both, SIGNET_SECRET: previous })).toContain('both are the same')
    expect(faultsOf({ ...both, SIGNET_SECRET_PREVIOUS: 'short' })).toContain('SIGNET_SECRET_PREVIOUS')
  })

  test('of nothing at all is the development default', () => {
    expect(readConfig({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: null,
      explorer: true,
      introspection: true,
      passwordMinLength: 8,
      accessTokenSeconds: 900,
      refreshIdleSeconds: 604_800,
      sessionSeconds: 2_592_000,
      refreshGraceSeconds: 10,
      jwtAlgorithm: 'RS256',
    })
    expect(readConfig({}).dataDir).toBe(`${process.cwd()}/.signet`)
  })

  test('in production turns explorer and introspection off unless told', () => {
    const env = { NODE_ENV: 'production', SIGNET_SECRET: goodSecret }
    expect(readConfig(env)).toMatchObject({ production: true, explorer: false, introspection: false })
    expect(readConfig({ ...env, SIGNET_EXPLORER: 'on' })).toMatchObject({
      explorer: true,
      introspection: false,
    })
  })

  test('lists all its faults at once, each with its key, the fault and an example', () => {
    const text = faultsOf({
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      SIGNET_REFRESH_GRACE_SECONDS: '301',
      SIGNET_ALLOWED_ORIGINS: 'https://app.example.com/',
      JWT_ALGORITHM: 'none',
      DATABASE_URL: 'mysql://root@localhost/x',
    })
    expect(text.split('\n')).toHaveLength(7)
    expect(text).toContain('6 faults')
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'SIGNET_REFRESH_GRACE_SECONDS',
      'SIGNET_ALLOWED_ORIGINS',
      'JWT_ALGORITHM',
      'DATABASE_URL',
    ]) {
      expect(text).toMatch(new RegExp(`^ {2}${name} .*Example: ${name}=`, 'm'))
    }
  })

  test.each([
    ['SIGNET_ACCES_TOKEN_SECONDS', 'SIGNET_ACCESS_TOKEN_SECONDS'],
    ['JWT_ALGORITM', 'JWT_ALGORITHM'],
    ['SIGNET_SECRETS', 'SIGNET_SECRET'],
  ])('with the unknown key %s stops and names %s', (wrong, right) => {
    expect(faultsOf({ [wrong]: 'x' })).toContain(
      `${wrong} is not a key that Signet knows. Did you mean ${right}?`,
    )
  })

  test('with keys of other programs is fine', () => {
    expect(faultsOf({ PATH: '/bin', SIGNETRING: 'x', MY_JWT_SECRET: 'x' })).toBe('')
  })

  test('counts an empty value as none', () => {
    expect(readConfig({ DATABASE_URL: '', PORT: ' ' }).port).toBe(4000)
  })

  test.each([
    'https://a.example,*',
    'null',
    'https://a.example/path',
    'a.example',
    'HTTPS://A.example',
    'https://a.example:443',
  ])('takes no inexact origin: %s', origins =>
    expect(faultsOf({ SIGNET_ALLOWED_ORIGINS: origins })).toContain(
      'SIGNET_ALLOWED_ORIGINS must be exact origins',
    ),
  )

  test.each([
    'ftp://x.example',
    'https://user:word@x.example',
    'https://x.example/?a=1',
    'x.example',
    'https://x.example/#a',
  ])('takes no public address but a plain web address: %s', address =>
    expect(faultsOf({ SIGNET_PUBLIC_URL: address })).toContain('SIGNET_PUBLIC_URL must be'),
  )

  test('keeps a path of the public address and drops its final slash', () => {
    expect(readConfig({ SIGNET_PUBLIC_URL: 'https://x.example/auth/' }).publicUrl).toBe(
      'https://x.example/auth',
    )
  })

  test('says JWT_SECRET is for HS256 when another algorithm is chosen', () => {
    expect(faultsOf({ JWT_SECRET: goodSecret })).toContain('JWT_SECRET is for HS256 only')
    expect(readConfig({ JWT_SECRET: goodSecret, JWT_ALGORITHM: 'HS256' }).jwtSecret).toBe(goodSecret)
  })
})

describe('the port of the metrics', () => {
  test.each([
    ['9464', { host: '127.0.0.1', port: 9464 }],
    ['0', { host: '127.0.0.1', port: 0 }],
    ['0.0.0.0:9464', { host: '0.0.0.0', port: 9464 }],
    ['metrics.internal:65535', { host: 'metrics.internal', port: 65_535 }],
    ['[::1]:9464', { host: '::1', port: 9464 }],
    ['[::ffff:10.0.0.1]:9464', { host: '::ffff:10.0.0.1', port: 9464 }],
  ])('is read from %s', (text, listen) => {
    expect(readConfig({ SIGNET_METRICS_LISTEN: text }).metricsListen).toEqual(listen)
  })

  test.each([
    '65536',
    '::1:9464',
    '[::1]',
    'localhost:',
    ':9464',
    'http://127.0.0.1:9464',
    '-1',
    '9464 '.repeat(2),
  ])('cannot be %s', text =>
    expect(faultsOf({ SIGNET_METRICS_LISTEN: text })).toContain('must be a port, or an address and a port'),
  )

  test('and the token of the metrics are absent unless they are given', () => {
    expect(readConfig({})).toMatchObject({ metricsListen: null, metricsToken: null })
    expect(readConfig({ SIGNET_METRICS_TOKEN: goodSecret }).metricsToken).toBe(goodSecret)
  })
})

describe('a secret', () => {
  test('must be given in production', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toContain('SIGNET_SECRET must be given in production')
  })

  test.each([
    ['of 31 bytes', randomBytes(31).toString('base64url'), 'too short'],
    ['of 16 bytes in hex, though that is 32 characters', randomBytes(16).toString('hex'), 'too short'],
    ['of one repeated character', 'a'.repeat(64), 'repeats itself'],
    ['of a repeated piece', randomBytes(12).toString('hex').repeat(4), 'repeats itself'],
    ['of few different characters', 'abababaccabababdababacabadabacabadab-abcbabcabcabcb', 'repeats itself'],
    ['out of a tutorial', 'your-256-bit-secret-for-the-jwt-of-this-app', 'well-known'],
    ['that says to replace it', 'please-ChangeMe-before-you-go-live-0123456789', 'well-known'],
  ])('%s is refused, without being repeated', (_, secret, fault) => {
    for (const name of ['SIGNET_SECRET', 'JWT_SECRET', 'SIGNET_METRICS_TOKEN']) {
      const text = faultsOf({ [name]: secret, JWT_ALGORITHM: 'HS256' })
      expect(text).toContain(`${name} `)
      expect(text).toContain(fault)
      expect(text).not.toContain(secret)
    }
  })

  test('of 32 random bytes is taken in hex, base64 and base64url', () => {
    fc.assert(
      fc.property(fc.constantFrom('hex' as const, 'base64' as const, 'base64url' as const), encoding => {
        expect(faultsOf({ SIGNET_SECRET: randomBytes(32).toString(encoding) })).toBe('')
      }),
    )
  })

  test('that stands in the README or the docs as a sample is refused', () => {
    const texts = ['README.md', 'docs/operating.md'].map(file =>
      readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'),
    )
    const samples = texts.flatMap(text =>
      [...text.matchAll(/(?:SIGNET|JWT)_SECRET=["']?([^\s"'`)]+)/g)].map(([, sample]) => sample ?? ''),
    )
    for (const sample of samples)
      expect([sample, faultsOf({ SIGNET_SECRET: sample })]).not.toEqual([sample, ''])
  })
})

describe('any environment', () => {
  test('is either read or refused with a StartError that repeats no value', () => {
    const names = Object.keys(keys)
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ minLength: 6 })), env => {
        const text = faultsOf(env)
        for (const [name, value] of Object.entries(env)) {
          const shown = text
            .split('\n')
            .filter(line => line.startsWith(`  ${name} `))
            .join()
          if (!describeConfig().includes(value.trim()))
            expect(shown.includes(value.trim()) && value.trim().length > 5).toBe(false)
        }
      }),
    )
  })
})

describe('the help', () => {
  test('and docs/operating.md list every key', () => {
    const docs = readFileSync(new URL('../docs/operating.md', import.meta.url), 'utf8')
    for (const name of Object.keys(keys)) expect(describeConfig()).toContain(`  ${name}\n`)
    expect(docs).toContain(configTable())
  })
})
