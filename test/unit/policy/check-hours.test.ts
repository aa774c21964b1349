import { describe, expect, it } from '@jest/globals'
import type { Hours } from '../../../gateway/configuration/objects.ts'
import { coversMinute } from '../../../gateway/policy/check-hours.ts'
import { hours, minute } from './world.ts'

const office = hours()
/** Friday 22:00 until Saturday 02:00. */
const friday = hours({ zone: 'UTC', days: [5], from: 22 * 60, until: 2 * 60 })
/** Saturday night into Sunday: over the end of the week. */
const saturday = hours({ zone: 'UTC', days: [6], from: 23 * 60, until: 60 })
const allDay = hours({ zone: 'UTC', days: [0], from: 0, until: 24 * 60 })
const everyNight = hours({ zone: 'UTC', days: [0, 1, 2, 3, 4, 5, 6], from: 22 * 60, until: 6 * 60 })
/** Clocks go forward on 29 March 2026 at 02:00 to 03:00, back on 25 October at 03:00 to 02:00. */
const berlin = hours({ zone: 'Europe/Berlin', days: [0, 1, 2, 3, 4, 5, 6], from: 2 * 60, until: 3 * 60 })
const kathmandu = hours({ zone: 'Asia/Kathmandu', days: [1], from: 9 * 60, until: 10 * 60 })

describe('hours', () => {
  it.each<[string, Hours, string, boolean]>([
    // 22 November 2026 is a Sunday. Ha Noi is seven hours ahead of UTC.
    ['office, the minute before it opens on Monday', office, '2026-11-22T23:59', false],
    ['office, as it opens on Monday', office, '2026-11-23T00:00', true],
    ['office, the last minute', office, '2026-11-23T10:59', true],
    ['office, as it closes', office, '2026-11-23T11:00', false],
    ['office, on Friday', office, '2026-11-27T05:00', true],
    ['office, on Saturday', office, '2026-11-28T05:00', false],
    ['office, on Sunday', office, '2026-11-22T05:00', false],
    ['Friday night, before it', friday, '2026-11-27T21:59', false],
    ['Friday night, its first minute', friday, '2026-11-27T22:00', true],
    ['Friday night, midnight', friday, '2026-11-28T00:00', true],
    ['Friday night, its last minute, on Saturday', friday, '2026-11-28T01:59', true],
    ['Friday night, behind it', friday, '2026-11-28T02:00', false],
    ['Friday night, early on Friday: belongs to Thursday', friday, '2026-11-27T01:00', false],
    ['Friday night, late on Saturday', friday, '2026-11-28T22:30', false],
    ['Saturday night, on Saturday', saturday, '2026-11-28T23:30', true],
    ['Saturday night, on Sunday', saturday, '2026-11-29T00:59', true],
    ['Saturday night, behind it', saturday, '2026-11-29T01:00', false],
    ['Saturday night, early on Saturday', saturday, '2026-11-28T00:30', false],
    ['Sunday whole, first minute', allDay, '2026-11-22T00:00', true],
    ['Sunday whole, last minute', allDay, '2026-11-22T23:59', true],
    ['Sunday whole, on Monday', allDay, '2026-11-23T00:00', false],
    ['Sunday whole, on Saturday', allDay, '2026-11-21T23:59', false],
    ['every night, at night', everyNight, '2026-11-22T05:59', true],
    ['every night, by day', everyNight, '2026-11-22T06:00', false],
    ['every night, at dusk', everyNight, '2026-11-22T22:00', true],
    ['no day at all', hours({ days: [] }), '2026-11-23T03:00', false],
    // The hour that the clock leaves out never comes; 01:59 is followed by 03:00.
    ['spring, before the gap', berlin, '2026-03-29T00:59', false],
    ['spring, behind the gap', berlin, '2026-03-29T01:00', false],
    // The hour that comes twice counts both times.
    ['autumn, the first time', berlin, '2026-10-25T00:30', true],
    ['autumn, the second time', berlin, '2026-10-25T01:30', true],
    ['autumn, behind it', berlin, '2026-10-25T02:00', false],
    ['winter', berlin, '2026-12-01T01:30', true],
    ['summer', berlin, '2026-07-01T00:30', true],
    // Quarters of an hour: 09:00 on Monday is 03:15 UTC.
    ['a zone of 5:45, before', kathmandu, '2026-11-23T03:14', false],
    ['a zone of 5:45, first minute', kathmandu, '2026-11-23T03:15', true],
    ['a zone of 5:45, last minute', kathmandu, '2026-11-23T04:14', true],
  ])('%s', (_, agreed, at, covered) => {
    expect(coversMinute(agreed, minute(at))).toBe(covered)
  })

  it('do not remember a minute of another zone', () => {
    const at = minute('2026-11-23T00:00')
    const answers = () => [coversMinute(office, at), coversMinute({ ...office, zone: 'UTC' }, at)]
    expect([answers(), answers()]).toEqual([
      [true, false],
      [true, false],
    ])
  })
})
