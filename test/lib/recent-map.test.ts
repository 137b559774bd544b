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
