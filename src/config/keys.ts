// Every configuration key: how it is read, its default, its unit, one line of text and an example.
import { algorithms } from '../lib/algorithms.js'
import { logLevels } from '../lib/log.js'
import type { Key } from './key.js'
import { key } from './key.js'
import type { Parse } from './parse.js'
import {
  folder,
  listenAddress,
  oneOf,
  onOff,
  origins,
  postgresAddress,
  redisAddress,
  strongSecret,
  webAddress,
  wholeNumber,
  word,
  words,
} from './parse.js'
import { tokenKeys } from './token-keys.js'

/** The table that the reader, `--help` and docs/operating.md are made from. */
export const keys = {
  PORT: key(wholeNumber(0, 65_535), {
    fallback: '4000',
    text: 'Port to listen on; 0 takes a free one.',
    example: '4000',
  }),
  HOST: key(word, {
    fallback: '127.0.0.1',
    text: 'Address to listen on; 0.0.0.0 or :: for every interface.',
    example: '127.0.0.1',
  }),
  DATA_DIR: key(folder, {
    fallback: '.signet',
    text: 'Folder of the embedded database and of the secret made in development.',
    example: '/var/lib/signet',
  }),
  DATABASE_URL: key(postgresAddress, {
    defaultText: 'the embedded database',
    text: 'PostgreSQL 14 or later of your own.',
    example: 'postgresql://signet:…@db.internal:5432/signet',
  }),
  REDIS_URL: key(redisAddress, {
    defaultText: 'none',
    text: 'Redis, for faster word between instances; it keeps nothing, and Signet goes on without it.',
    example: 'redis://:…@redis.internal:6379',
  }),
  NODE_ENV: key(oneOf('development', 'production', 'test'), {
    fallback: 'development',
    text: 'production demands SIGNET_SECRET and turns explorer and introspection off.',
    example: 'production',
  }),
  LOG_LEVEL: key(oneOf(...logLevels), {
    fallback: 'info',
    text: 'The least severe lines written to standard error, as JSON.',
    example: 'info',
  }),
  SIGNET_WORKERS: key(wholeNumber(1, 64), {
    fallback: '1',
    unit: 'processes',
    text: 'So many processes answer, on one port. Give as many as the machine has cores for Signet.',
    example: '4',
  }),
  SIGNET_PUBLIC_URL: key(webAddress, {
    defaultText: 'http://HOST:PORT',
    text: 'Where clients reach Signet; the issuer of its tokens. Never taken from a Host header.',
    example: 'https://auth.example.com',
  }),
  SIGNET_SECRET: key(strongSecret, {
    defaultText: 'made once and kept in DATA_DIR; in production it must be given',
    text: 'The one secret: it seals the signing keys and all other secrets in the database. At least 256 bits.',
    example: 'the output of: node dist/main.js secret',
  }),
  SIGNET_SECRET_PREVIOUS: key(strongSecret, {
    defaultText: 'none',
    text: 'What SIGNET_SECRET was before, while it is being changed: all that it sealed is sealed anew at start.',
    example: 'the old value of SIGNET_SECRET',
  }),
  SIGNET_ALLOWED_ORIGINS: key(origins, {
    defaultText: "only Signet's own",
    text: 'Origins of your browser apps: they may use the refresh cookie and read answers (CORS).',
    example: 'https://app.example.com,https://admin.example.com',
  }),
  SIGNET_COOKIE_SAME_SITE: key(oneOf('strict', 'lax'), {
    fallback: 'strict',
    text: 'SameSite of the refresh cookie.',
    example: 'strict',
  }),
  SIGNET_TRUSTED_PROXIES: key(wholeNumber(0, 16), {
    fallback: '0',
    text: "How many reverse proxies stand in front; the client's address is read that far from the right of X-Forwarded-For.",
    example: '1',
  }),
  SIGNET_EXPLORER: key(onOff, {
    defaultText: 'on, in production off',
    text: 'The playground at / and /graphql.',
    example: 'on',
  }),
  SIGNET_INTROSPECTION: key(onOff, {
    defaultText: 'on, in production off',
    text: 'Whether the schema may be read by query, and mistyped fields get suggestions.',
    example: 'off',
  }),
  SIGNET_FAST_LANE: key(onOff, {
    fallback: 'on',
    text: 'Whether an operation that has been asked before is answered without going through Apollo Server again. The answers are the same.',
    example: 'off',
  }),
  SIGNET_PASSWORD_MIN_LENGTH: key(wholeNumber(8, 256), {
    fallback: '8',
    unit: 'characters',
    text: 'The shortest password accepted for a new one.',
    example: '12',
  }),
  ...tokenKeys,
  SIGNET_MAX_SOCKETS: key(wholeNumber(0, 1_000_000), {
    fallback: '10000',
    unit: 'sockets',
    text: 'So many clients of an instance may hold a WebSocket open for subscriptions; 0 for none.',
    example: '10000',
  }),
  SIGNET_METRICS_LISTEN: key(listenAddress, {
    defaultText: 'no port for them',
    text: 'A port of its own for /metrics, on 127.0.0.1 unless an address stands before it (host:port). Keep it from the internet.',
    example: '9464',
  }),
  SIGNET_METRICS_TOKEN: key(strongSecret, {
    defaultText: 'none; /metrics is not on the main port',
    text: 'With it /metrics is on the main port too, and on either port only for who sends it as a Bearer token. At least 256 bits.',
    example: 'the output of: node dist/main.js secret',
  }),
  JWT_ALGORITHM: key(oneOf(...algorithms), {
    fallback: 'RS256',
    text: 'Signature of access tokens. HS256 is for services that share JWT_SECRET.',
    example: 'ES256',
  }),
  JWT_SECRET: key(strongSecret, {
    defaultText: 'one made at the first start and kept in the database',
    text: 'The secret of HS256, at least 256 bits. Not used with RS256 and ES256.',
    example: 'the output of: node dist/main.js secret',
  }),
  JWT_ISSUER: key(word, {
    defaultText: 'SIGNET_PUBLIC_URL',
    text: 'The claim iss.',
    example: 'https://auth.example.com',
  }),
  JWT_AUDIENCE: key(words, {
    fallback: 'signet',
    text: 'The claim aud; several are separated by commas.',
    example: 'https://api.example.com',
  }),
} as const satisfies Readonly<Record<string, Key>>

/** The name of a configuration key. */
export type KeyName = keyof typeof keys

type Value<K> = K extends { parse: Parse<infer T> } ? T : never

/** What the environment gave, key by key; undefined where a key without a default is absent. */
export type Values = {
  readonly [Name in KeyName]: (typeof keys)[Name] extends { fallback: string }
    ? Value<(typeof keys)[Name]>
    : Value<(typeof keys)[Name]> | undefined
}
