// Signet's tokens and keys, read by what other services read them with.
import { inNode } from './others.js'
import { testVerification } from './verification.js'

testVerification(inNode, ['jose', 'max-age-only', 'express-oauth2-jwt-bearer', 'fast-jwt'])
