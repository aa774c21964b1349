import type { Hours } from '../configuration/objects.ts'
import type { Minute } from '../domain/instant.ts'
import { localTime } from './local-time.ts'

const MINUTES_A_DAY = 24 * 60

/**
 * Whether the agreed hours cover a minute. Half-open. Hours that span midnight belong to the day they start on:
 * `[fri]` from 22:00 until 02:00 covers Saturday 01:59.
 */
export function coversMinute(hours: Hours, minute: Minute): boolean {
  const { weekday, minuteOfDay } = localTime(hours.zone, minute)
  if (hours.from < hours.until)
    return hours.days.includes(weekday) && minuteOfDay >= hours.from && minuteOfDay < hours.until
  const yesterday = (weekday + 6) % 7
  return (
    (hours.days.includes(weekday) && minuteOfDay >= hours.from && minuteOfDay < MINUTES_A_DAY) ||
    (hours.days.includes(yesterday) && minuteOfDay < hours.until)
  )
}
