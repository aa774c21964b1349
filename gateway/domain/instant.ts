import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'

/** A point in time: whole microseconds since 1970-01-01T00:00:00Z (exact in a double until the year 2255). */
export type Instant = Brand<number, 'Instant'>

/** A whole minute since 1970-01-01T00:00Z: the resolution at which the policy sees time. */
export type Minute = Brand<number, 'Minute'>

const MICROS_PER_MINUTE = 60_000_000

export const instant = (micros: number): Instant => Math.trunc(micros) as Instant
export const instantOfMillis = (millis: number): Instant => Math.trunc(millis * 1000) as Instant
export const millisOf = (at: Instant): number => at / 1000
export const minuteOf = (at: Instant): Minute => Math.floor(at / MICROS_PER_MINUTE) as Minute
export const instantOfMinute = (minute: Minute): Instant => (minute * MICROS_PER_MINUTE) as Instant

/** The start of the second that an instant lies in. */
export const secondOf = (at: Instant): Instant => (at - (at % 1_000_000)) as Instant

const MICROS_PER_SECOND = 1_000_000
/** Many records of one second are written in a row, and a Date costs more than the rest of it. Not observable. */
let lastSecond = -1
let lastSecondText = ''

/** RFC 3339 in UTC with six decimals, as records carry it: `2026-11-22T01:02:03.000004Z`. */
export function formatInstant(at: Instant): string {
  const micros = ((at % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND
  if (at - micros !== lastSecond) {
    lastSecond = at - micros
    lastSecondText = new Date(lastSecond / 1000).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)
  }
  return `${lastSecondText}.${String(micros).padStart(6, '0')}Z`
}

/** RFC 3339 section 5.6: hours 00 to 23. Date.parse takes 24:00:00 for the next midnight. */
const RFC3339 = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.(\d{1,6}))?(?:Z|[+-]\d{2}:\d{2})$/

/** Reads RFC 3339 with a zone; decimals up to microseconds. */
export function parseInstant(text: string): Result<Instant> {
  const match = RFC3339.exec(text)
  const seconds = match ? Date.parse(text.replace(/\.\d+/, '')) : Number.NaN
  if (!match || Number.isNaN(seconds)) return err('a time is written as 2026-01-01T00:00:00+07:00')
  if (!isCalendarDay(match[1] ?? '')) return err(`${match[1]} is not a day of the calendar`)
  return ok((seconds * 1000 + Number((match[2] ?? '').padEnd(6, '0'))) as Instant)
}

/** Date.parse takes 30 February for 2 March. */
const isCalendarDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)

/** `2026-11-22`, the UTC day that partitions of records go by. */
export const dayOf = (at: Instant): string => new Date(Math.floor(at / 1000)).toISOString().slice(0, 10)
