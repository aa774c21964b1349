import type { Hours } from '../configuration/objects.ts'
import { instantOfMinute, millisOf, type Minute } from '../domain/instant.ts'
import { localTime } from './local-time.ts'

/** `2026-01-01T00:00Z`. */
export const timeOf = (minute: Minute): string =>
  `${new Date(millisOf(instantOfMinute(minute))).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length)}Z`

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MINUTES_AN_HOUR = 60

const clockOf = (minuteOfDay: number): string =>
  [Math.floor(minuteOfDay / MINUTES_AN_HOUR), minuteOfDay % MINUTES_AN_HOUR]
    .map(part => String(part).padStart(2, '0'))
    .join(':')

/** `Mon Tue 07:00-18:00 Asia/Ho_Chi_Minh`. */
export const hoursOf = ({ zone, days, from, until }: Hours): string =>
  `${days.map(day => DAYS[day]).join(' ')} ${clockOf(from)}-${clockOf(until)} ${zone}`

/** What the wall clock in a zone shows: `Mon 07:30 Asia/Ho_Chi_Minh`. */
export function wallClock(zone: string, minute: Minute): string {
  const { weekday, minuteOfDay } = localTime(zone, minute)
  return `${DAYS[weekday]} ${clockOf(minuteOfDay)} ${zone}`
}
