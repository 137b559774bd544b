// Configuration: from the environment alone, checked whole before anything starts. Features get values, never this.

import type { Key } from './config/key.js'
import type { Values } from './config/keys.js'
import { keys } from './config/keys.js'
import type { Environment } from './config/read.js'
import { readValues } from './config/read.js'
import type { FillClaims } from './tokens/claims-template.js'

/** All settings, parsed and complete. */
export interface Config {
  readonly production: boolean
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Null: the embedded database. */
  readonly databaseUrl: string | null
  /** Null: instances hear of each other by the database alone. */
  readonly redisUrl: string | null
  readonly logLevel: Values['LOG_LEVEL']
  /** How many processes answer; with 1, the one that was started. */
  readonly workers: number
  /** Without a final slash. Null where it follows from the address that is listened on. */
  readonly publicUrl: string | null
  /** Null in development: made once and kept in `dataDir`. */
  readonly secret: string | null
  /** What `secret` was until it was changed. */
  readonly previousSecret: string | null
  readonly allowedOrigins: readonly string[]
  readonly cookieSameSite: Values['SIGNET_COOKIE_SAME_SITE']
  readonly trustedProxies: number
  readonly explorer: boolean
  readonly introspection: boolean
  /** Whether operations that are known by now may be answered without Apollo Server. */
  readonly fastLane: boolean
  readonly passwordMinLength: number
  readonly accessTokenSeconds: number
  readonly keyRotationDays: number
  readonly jwksMaxAgeSeconds: number
  readonly refreshIdleSeconds: number
  readonly sessionSeconds: number
  readonly refreshGraceSeconds: number
  readonly revocationBudgetSeconds: number
  readonly maxSockets: number
  /** Null: metrics have no port of their own. */
  readonly metricsListen: { readonly host: string; readonly port: number } | null
  /** Null: metrics are not on the main port. */
  readonly metricsToken: string | null
  readonly jwtAlgorithm: Values['JWT_ALGORITHM']
  readonly jwtSecret: string | null
  /** Null: the public address. */
  readonly jwtIssuer: string | null
  readonly jwtAudience: readonly string[]
  /** Null: tokens say what Signet says and no more. */
  readonly fillClaims: FillClaims | null
}

/**
 * Reads the configuration. Throws StartError that lists every fault; a SIGNET_SECRET missing in production is none
 * for a command that makes no use of it.
 */
export const readConfig = (
  env: Environment = process.env,
  { needsSecret = true }: { readonly needsSecret?: boolean } = {},
): Config => {
  const values = readValues(env, needsSecret)
  const production = values.NODE_ENV === 'production'
  return {
    production,
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    logLevel: values.LOG_LEVEL,
    workers: values.SIGNET_WORKERS,
    publicUrl: values.SIGNET_PUBLIC_URL ?? null,
    secret: values.SIGNET_SECRET ?? null,
    previousSecret: values.SIGNET_SECRET_PREVIOUS ?? null,
    allowedOrigins: values.SIGNET_ALLOWED_ORIGINS ?? [],
    cookieSameSite: values.SIGNET_COOKIE_SAME_SITE,
    trustedProxies: values.SIGNET_TRUSTED_PROXIES,
    explorer: values.SIGNET_EXPLORER ?? !production,
    introspection: values.SIGNET_INTROSPECTION ?? !production,
    fastLane: values.SIGNET_FAST_LANE,
    passwordMinLength: values.SIGNET_PASSWORD_MIN_LENGTH,
    accessTokenSeconds: values.SIGNET_ACCESS_TOKEN_SECONDS,
    keyRotationDays: values.SIGNET_KEY_ROTATION_DAYS,
    jwksMaxAgeSeconds: values.SIGNET_JWKS_MAX_AGE_SECONDS,
    refreshIdleSeconds: values.SIGNET_REFRESH_IDLE_SECONDS,
    sessionSeconds: values.SIGNET_SESSION_SECONDS,
    refreshGraceSeconds: values.SIGNET_REFRESH_GRACE_SECONDS,
    revocationBudgetSeconds: values.SIGNET_REVOCATION_BUDGET_SECONDS,
    maxSockets: values.SIGNET_MAX_SOCKETS,
    metricsListen: values.SIGNET_METRICS_LISTEN ?? null,
    metricsToken: values.SIGNET_METRICS_TOKEN ?? null,
    jwtAlgorithm: values.JWT_ALGORITHM,
    jwtSecret: values.JWT_SECRET ?? null,
    jwtIssuer: values.JWT_ISSUER ?? null,
    jwtAudience: values.JWT_AUDIENCE,
    fillClaims: values.SIGNET_CLAIMS ?? null,
  }
}

const standardOf = (key: Key): string =>
  key.fallback === undefined
    ? (key.defaultText ?? 'none')
    : `\`${key.fallback}\`${key.unit ? ` ${key.unit}` : ''}`

/** The text of `--help` for the environment: every key, its default, its unit and what it is for. */
export const describeConfig = (): string =>
  Object.entries<Key>(keys)
    .map(
      ([name, key]) => `  ${name}\n      ${key.text}\n      Default: ${standardOf(key).replaceAll('`', '')}`,
    )
    .join('\n')

/** The same as a table of Markdown, for the documentation. */
export const configTable = (): string =>
  [
    '| key | default | what it is for |',
    '| --- | --- | --- |',
    ...Object.entries<Key>(keys).map(([name, key]) => `| \`${name}\` | ${standardOf(key)} | ${key.text} |`),
  ].join('\n')
