// How long it takes to verify access tokens, by what came of it.
import type { Registry } from 'prom-client'
import { Histogram } from 'prom-client'
import type { Algorithm } from './algorithms.js'

const outcomes = ['accepted', 'expired', 'revoked', 'stale', 'unvouched'] as const

/** What came of the verification of an access token. */
export type VerifyOutcome = (typeof outcomes)[number] | 'invalid'

/** Counts a verification. An invalid token has no algorithm: what it names is anybody's to write. */
export type ObserveVerification = (
  outcome: VerifyOutcome,
  algorithm: Algorithm | null,
  seconds: number,
) => void

// From less than a signature takes (some 20 microseconds with HS256, 80 with ES256) to a machine that has no time.
const buckets = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000].map(
  microseconds => microseconds / 1_000_000,
)

// One by one, sorting them into the buckets takes four times as long.
const mostUnsorted = 100

/** Registers the histogram, and makes what counts in it; with `algorithm` this Signet signs. */
export const observeVerifications = (registry: Registry, algorithm: Algorithm): ObserveVerification => {
  let unsorted: { readonly labels: { algorithm: string; outcome: string }; readonly seconds: number }[] = []
  const sort = (): void => {
    for (const { labels, seconds } of unsorted) times.observe(labels, seconds)
    unsorted = []
  }
  const times = new Histogram({
    name: 'signet_token_verify_seconds',
    help: 'Seconds that the verification of an access token took, by its algorithm and the outcome. accepted. expired. revoked: signed out, or revoked itself. stale: its roles are out of date. unvouched: genuine, and revocations have not been heard of for too long. invalid: not one of ours, of whatever algorithm it says (unknown).',
    registers: [registry],
    labelNames: ['algorithm', 'outcome'],
    buckets,
    collect: sort,
  })
  // Each outcome is there from the start, at zero: else the first of its kind would be no increase.
  for (const outcome of outcomes) times.zero({ algorithm, outcome })
  times.zero({ algorithm: 'unknown', outcome: 'invalid' })

  return (outcome, verifiedBy, seconds) => {
    unsorted.push({ labels: { algorithm: verifiedBy ?? 'unknown', outcome }, seconds })
    if (unsorted.length === mostUnsorted) sort()
  }
}
