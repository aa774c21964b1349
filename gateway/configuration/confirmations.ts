import type { Minute } from '../domain/instant.ts'

/** NIST SP 800-53 CA-3; requirement IC-1. */
const MONTHS = 6
const MINUTES_A_DAY = 1440

/**
 * Gives the minute at which a security confirmation of some day is 6 calendar months old: the first minute of that day in the zone;
 * where the month is too short for the day, of the month's last day (31 August lapses on 28 February). Each day is worked out once:
 * agreements are many, and asking Intl is dear. `zone` and day have to exist.
 */
export function confirmations(zone: string): (day: string) => Minute {
  const clock = wallClock(zone)
  const known = new Map<string, Minute>()
  return day => {
    const minute = known.get(day) ?? firstMinuteOf(monthsLater(day), clock)
    known.set(day, minute)
    return minute
  }
}

/** Midnight as UTC of the same day some months later. */
function monthsLater(day: string): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const lastOfMonth = new Date(Date.UTC(year, month - 1 + MONTHS + 1, 0)).getUTCDate()
  return Date.UTC(year, month - 1 + MONTHS, Math.min(date, lastOfMonth)) / 60_000
}

/** Minutes that the wall clock of a zone is ahead of UTC at some minute. */
type WallClock = (minute: number) => number

/** The first minute of a day in a zone, the day given as its midnight in UTC. Where a clock skips midnight, the first one behind it. */
function firstMinuteOf(midnight: number, aheadAt: WallClock): Minute {
  const first = midnight - aheadAt(midnight - MINUTES_A_DAY)
  const second = midnight - aheadAt(first)
  return (second + aheadAt(second) >= midnight ? second : first) as Minute
}

function wallClock(zone: string): WallClock {
  let format: Intl.DateTimeFormat | null = null
  return minute => {
    format ??= new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    })
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
    for (const { type, value } of format.formatToParts(minute * 60_000)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute: minutes = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minutes) / 60_000 - minute
  }
}
