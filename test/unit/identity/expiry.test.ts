import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Instant, instantOfMillis, parseInstant } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { daysUntil, WARNING_DAYS, warningAt, warningBetween } from '../../../gateway/identity/expiry.ts'

const DAY = 86_400_000
const END = must(parseInstant('2026-11-30T00:00:00Z'))
/** So many days before the end. */
const before = (days: number): Instant => instantOfMillis(END / 1000 - days * DAY)

describe('the warning that is due', () => {
  it.each([
    [31, null],
    [30.001, null],
    [30, 30], // at the very instant
    [14.5, 30],
    [14, 14],
    [7, 7],
    [1.01, 7],
    [1, 1],
    [0.01, 1],
    [0, 0], // the end is exclusive, like that of an identity
    [-5, 0],
  ])('%d days before the end: %p', (days, due) => {
    expect(warningAt(END, before(days))).toBe(due)
  })

  it.each([
    ['first seen early', null, 40, null],
    ['first seen late: the nearest only', null, 6, 7],
    ['crosses one', 15, 13.9, 14],
    ['stays between two', 13, 8, null],
    ['looked at rarely: the nearest of those passed', 40, 0.5, 1],
    ['the end', 0.1, -0.1, 0],
    ['after the end', -0.1, -3, null],
  ])('%s', (_what, earlier, now, due) => {
    expect(warningBetween(END, earlier === null ? null : before(earlier), before(now))).toBe(due)
  })

  it('comes once each, however often and irregularly somebody looks', () => {
    const gaps = fc.array(fc.double({ min: 0.001, max: 9, noNaN: true }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(gaps, steps => {
        let left = 45
        let last: Instant | null = null
        const told: number[] = []
        for (const step of steps) {
          left -= step
          const due = warningBetween(END, last, before(left))
          if (due !== null) told.push(due)
          last = before(left)
        }
        // Falling, so none twice; and the last told is the one that is due now.
        expect(told).toEqual([...new Set(told)].sort((a, b) => b - a))
        expect(told.at(-1) ?? null).toBe(warningAt(END, before(left)))
      }),
    )
  })

  it('counts days as people do', () => {
    expect([30, 0.5, 0, -1.5].map(days => daysUntil(END, before(days)))).toEqual([30, 1, 0, -1])
    expect([...WARNING_DAYS]).toEqual([0, 1, 7, 14, 30])
  })
})
