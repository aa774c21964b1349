import { describe, expect, it } from '@jest/globals'
import { confirmations } from '../../../gateway/configuration/confirmations.ts'

describe('a security confirmation lapses 6 calendar months later, at the first minute of the day', () => {
  it.each([
    // day, zone, the minute in UTC
    ['2026-10-01', 'Asia/Ho_Chi_Minh', '2027-03-31T17:00Z'],
    ['2026-10-01', 'UTC', '2027-04-01T00:00Z'],
    // Over the end of a year, and into a month that is too short for the day.
    ['2026-12-31', 'UTC', '2027-06-30T00:00Z'],
    ['2026-08-31', 'UTC', '2027-02-28T00:00Z'],
    ['2027-08-31', 'UTC', '2028-02-29T00:00Z'],
    ['2026-08-28', 'UTC', '2027-02-28T00:00Z'],
    // Summer time in between: midnight by the wall clock of the later day.
    ['2026-10-01', 'Europe/Berlin', '2027-03-31T22:00Z'],
    ['2026-04-28', 'Europe/Berlin', '2026-10-27T23:00Z'],
    // The day on which the clock changes, in either direction, and behind Greenwich.
    ['2026-09-28', 'Europe/Berlin', '2027-03-27T23:00Z'],
    ['2026-04-25', 'Europe/Berlin', '2026-10-24T22:00Z'],
    ['2026-05-01', 'America/New_York', '2026-11-01T04:00Z'],
    // Beirut puts its clock forward at midnight: the day begins at 01:00.
    ['2025-09-29', 'Asia/Beirut', '2026-03-28T22:00Z'],
  ])('%s in %s: %s', (day, zone, minute) => {
    expect(new Date(confirmations(zone)(day) * 60_000).toISOString().replace(':00.000', '')).toBe(minute)
  })
})
