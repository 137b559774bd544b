// The part of the configuration that the lives of signing keys are measured by, for the server and for `signet keys`.
import type { Config } from '../config.js'
import type { KeySettings } from '../keys/lifecycle.js'

/** What keys are told of the configuration. */
export const keySettingsOf = (config: Config): KeySettings => ({
  algorithm: config.jwtAlgorithm,
  sharedSecret: config.jwtSecret,
  jwksMaxAgeSeconds: config.jwksMaxAgeSeconds,
  accessTokenSeconds: config.accessTokenSeconds,
  rotationDays: config.keyRotationDays,
})
