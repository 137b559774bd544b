import { expect, test } from '@jest/globals'
import { takeTurns } from '../../src/lib/take-turns.js'

test('at most so many are at work, in their order, and one that fails makes room like any other', async () => {
  const inTurn = takeTurns(2)
  let [atWork, most] = [0, 0]
  const begun: number[] = []
  const work = (number: number) => async (): Promise<number> => {
    begun.push(number)
    atWork += 1
    most = Math.max(most, atWork)
    await new Promise(resolve => setTimeout(resolve, 5))
    atWork -= 1
    if (number % 3 === 0) throw new Error(`${number} fails`)
    return number
  }
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map(number => inTurn(work(number))))
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
    true,
  ])
  expect([most, atWork]).toEqual([2, 0])
  expect(await inTurn(work(8))).toBe(8)
})
