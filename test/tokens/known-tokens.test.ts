import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createKnownTokens } from '../../src/tokens/known-tokens.js'

test('what is known of a token is known of no other, however alike they end', () => {
  const end = fc.constantFrom('', 'a', 'abcde', 'abcdef', 'ABpAA', 'AC0AA', 'äöü', '🔑')
  const token = fc.tuple(fc.constantFrom('', 'x', 'y', 'xy'), end).map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.array(token), fc.array(token), (set, deleted) => {
      const tokens = createKnownTokens<{ readonly token: string }>()
      for (const one of set) {
        tokens.set({ token: one })
        expect(tokens.get(one)).toEqual({ token: one })
      }
      for (const one of deleted) {
        tokens.delete(one)
        expect(tokens.get(one)).toBeNull()
      }
      for (const one of set) expect([null, one]).toContain(tokens.get(one)?.token ?? null)
    }),
  )
})

test('of two that share a number the later one is known', () => {
  const tokens = createKnownTokens<{ readonly token: string }>()
  for (const token of ['first.ABpAA', 'second.AC0AA']) tokens.set({ token })
  expect(tokens.get('second.AC0AA')).toEqual({ token: 'second.AC0AA' })
  expect(tokens.get('first.ABpAA')).toBeNull()
})
