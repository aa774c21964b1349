import { describe, expect, it } from '@jest/globals'
import {
  dayOf,
  formatInstant,
  instant,
  instantOfMillis,
  instantOfMinute,
  millisOf,
  minuteOf,
  parseInstant,
} from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'

describe('parseInstant', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['1970-01-01T00:00:00.1Z', 100_000],
    ['1970-01-01T07:00:00+07:00', 0],
    ['1969-12-31T18:30:00-05:30', 0],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29) * 1000],
    // The day is that of the zone it is written in.
    ['2026-03-01T00:00:00+07:00', Date.UTC(2026, 1, 28, 17) * 1000],
    ['2026-11-22T01:02:03.000004Z', Date.UTC(2026, 10, 22, 1, 2, 3) * 1000 + 4],
  ])('reads %s', (text, micros) => {
    expect(must(parseInstant(text))).toBe(micros)
  })

  it.each([
    ['2026-02-30T00:00:00Z', '30 February'],
    ['2026-02-29T00:00:00Z', 'no leap year'],
    ['2026-04-31T00:00:00+07:00', '31 April'],
    ['2026-13-01T00:00:00Z', 'month 13'],
    ['2026-00-01T00:00:00Z', 'month 0'],
    ['2026-01-00T00:00:00Z', 'day 0'],
    ['2026-01-01T24:00:00Z', 'hour 24: a second spelling of the next midnight'],
    ['2026-01-01T00:60:00Z', 'minute 60'],
    ['2026-01-01T00:00:60Z', 'a leap second'],
    ['2026-01-01T00:00:00+24:00', 'a zone of 24 hours'],
    ['2026-01-01T00:00:00', 'no zone'],
    ['2026-01-01', 'no time'],
    ['2026-01-01 00:00:00Z', 'a space'],
    ['2026-01-01T00:00:00z', 'a small z'],
    ['2026-01-01T00:00:00.1234567Z', 'tenths of microseconds'],
    ['2026-01-01T00:00:00.Z', 'a point without decimals'],
    ['+002026-01-01T00:00:00Z', 'a long year'],
    ['2026-01-01T00:00:00Z\n', 'a line end'],
    ['Sun, 22 Nov 2026 00:00:00 GMT', 'another format'],
    ['', 'nothing'],
  ])('refuses %j: %s', text => {
    expect(parseInstant(text).ok).toBe(false)
  })
})

describe('instants', () => {
  it('are written in UTC with six decimals, also before 1970', () => {
    expect(formatInstant(instant(4))).toBe('1970-01-01T00:00:00.000004Z')
    expect(formatInstant(instant(-1))).toBe('1969-12-31T23:59:59.999999Z')
  })

  it('lie in the minute and day that have begun', () => {
    expect(minuteOf(instant(59_999_999))).toBe(0)
    expect(minuteOf(instant(60_000_000))).toBe(1)
    expect(minuteOf(instant(-1))).toBe(-1)
    expect(instantOfMinute(minuteOf(instant(60_000_001)))).toBe(60_000_000)
    expect(dayOf(instant(-1))).toBe('1969-12-31')
    expect(dayOf(instantOfMillis(Date.UTC(2026, 10, 22, 23, 59)))).toBe('2026-11-22')
    expect(millisOf(instantOfMillis(1.5))).toBe(1.5)
  })
})
