import { describe, expect, test } from '@jest/globals'
import type { RevocationReading } from '../../src/lib/metrics.js'
import { createMetrics } from '../../src/lib/metrics.js'

describe('the metrics of revocation', () => {
  test('are read at every scrape, and are absent until there is something to read', async () => {
    const metrics = createMetrics({ ofProcess: false, algorithm: 'ES256' })
    expect((await metrics.print()).text).not.toContain('signet_revocation')

    const none = { token: 0, session: 0, user: 0, everybody: 0 }
    let reading: RevocationReading = { lagSeconds: 0.25, records: none }
    metrics.observeRevocations(() => reading)
    const { text } = await metrics.print()
    expect(text).toContain('\nsignet_revocation_lag_seconds 0.25\n')
    expect(text.match(/^signet_revocation_records.*$/gm)).toEqual([
      'signet_revocation_records{kind="token"} 0',
      'signet_revocation_records{kind="session"} 0',
      'signet_revocation_records{kind="user"} 0',
      'signet_revocation_records{kind="everybody"} 0',
    ])

    reading = { lagSeconds: Number.POSITIVE_INFINITY, records: { ...none, session: 3 } }
    const later = (await metrics.print()).text
    expect(later).toContain('\nsignet_revocation_lag_seconds +Inf\n')
    expect(later).toContain('\nsignet_revocation_records{kind="session"} 3\n')
  })
})

test.each([0, 1, 99, 100, 101, 250])('of %d verifications each is told at the next scrape', async count => {
  const metrics = createMetrics({ ofProcess: false, algorithm: 'ES256' })
  for (let turn = 0; turn < count; turn++) {
    metrics.observeVerification('accepted', 'ES256', turn % 2 ? 0.00002 : 0.03)
    metrics.observeVerification('invalid', null, 0.0001)
  }
  const { text } = await metrics.print()
  const told = (labels: string) =>
    Number(text.split(`signet_token_verify_seconds_${labels}} `)[1]?.split('\n')[0])
  expect(told('count{algorithm="ES256",outcome="accepted"')).toBe(count)
  expect(told('count{algorithm="unknown",outcome="invalid"')).toBe(count)
  expect(told('bucket{le="0.000025",algorithm="ES256",outcome="accepted"')).toBe(Math.floor(count / 2))
  expect(told('sum{algorithm="unknown",outcome="invalid"')).toBeCloseTo(count / 10_000)
})
