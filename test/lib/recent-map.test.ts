import { expect, test } from '@jest/globals'
import { createRecentMap } from '../../src/lib/recent-map.js'

test('what is asked for stays, whatever else comes; what nobody asks for goes', () => {
  const map = createRecentMap<string, { readonly n: number }>(10)
  map.set('kept', { n: 0 })
  map.set('left', { n: 1 })
  for (let n = 0; n < 1_000; n++) {
    map.set(`new ${n}`, { n })
    if (n % 4 === 0) expect(map.get('kept')).toEqual({ n: 0 })
  }
  expect(map.get('left')).toBeUndefined()
  const held = Array.from({ length: 1_000 }, (_, n) => map.get(`new ${n}`)).filter(Boolean)
  expect(held.length).toBeLessThanOrEqual(10)
  map.delete('kept')
  expect(map.get('kept')).toBeUndefined()
})

test('what is weighed is bounded by its weight', () => {
  const map = createRecentMap<number, { readonly size: number }>(100, (_, { size }) => size)
  for (let n = 0; n < 1_000; n++) map.set(n, { size: n % 2 ? 1 : 9 })
  const held = Array.from({ length: 1_000 }, (_, n) => map.get(n)?.size ?? 0)
  const weight = held.reduce((sum, size) => sum + size, 0)
  expect(weight).toBeGreaterThan(40)
  // Each half may be over by the last that was put in.
  expect(weight).toBeLessThanOrEqual(100 + 2 * 9)
})

test('what takes the place of another is weighed anew', () => {
  const map = createRecentMap<number, { readonly size: number }>(100, (_, { size }) => size)
  for (const size of [1, 49]) map.set(1, { size })
  // One more fills the younger half, the next fifty another one.
  for (let n = 2; n <= 53; n++) map.set(n, { size: 1 })
  expect(map.get(1)).toBeUndefined()
})
