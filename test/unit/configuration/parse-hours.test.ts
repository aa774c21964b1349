import { describe, expect, it } from '@jest/globals'
import { zoneLookup } from '../../../gateway/configuration/calendar.ts'
import { parseHours } from '../../../gateway/configuration/parse-hours.ts'

const days: readonly (readonly [string, string, readonly number[]])[] = [
  ['mon', 'fri', [1, 2, 3, 4, 5]],
  ['wed', 'wed', [3]],
  ['sun', 'sat', [0, 1, 2, 3, 4, 5, 6]],
  // Over the end of the week
  ['sat', 'sun', [0, 6]],
  ['fri', 'mon', [0, 1, 5, 6]],
  ['mon', 'sun', [0, 1, 2, 3, 4, 5, 6]],
]

describe('hours', () => {
  const parse = (range: readonly string[], from = '07:00', until = '18:30') =>
    parseHours({ zone: 'Asia/Ho_Chi_Minh', days: range, from, until }, '', zoneLookup(), () => undefined)

  it.each(days)('of %s to %s', (first, last, expected) => {
    expect(parse([first, last])?.days).toEqual(expected)
  })

  it('are minutes since local midnight, and may span it', () => {
    expect(parse(['mon', 'fri'])).toMatchObject({ from: 420, until: 1110 })
    expect(parse(['mon', 'fri'], '22:00', '05:00')).toMatchObject({ from: 1320, until: 300 })
    expect(parse(['mon', 'fri'], '00:00', '24:00')).toMatchObject({ from: 0, until: 1440 })
  })
})
