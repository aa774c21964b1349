import { expect, it } from '@jest/globals'
import { LastUsed } from '../../../../gateway/identity/tokens/last-used.ts'

it('keeps so many, and forgets what was asked for the longest ago', () => {
  const kept = new LastUsed<number>(3)
  for (const [i, key] of ['a', 'b', 'c'].entries()) kept.set(key, i)
  expect(kept.get('a')).toBe(0)
  kept.set('d', 3)
  expect(['a', 'b', 'c', 'd'].map(key => kept.get(key))).toEqual([0, undefined, 2, 3])
  kept.set('a', 9)
  kept.set('e', 4)
  expect(['a', 'c', 'd', 'e'].map(key => kept.get(key))).toEqual([9, undefined, 3, 4])
})
