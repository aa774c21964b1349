import { type Minute, minuteOf, parseInstant } from '../domain/instant.ts'
import type { WindowDocument } from './document.ts'
import { below } from './pointer.ts'
import { type Report, take } from './report.ts'

const MICROS_PER_MINUTE = 60_000_000

/** Whether a text written like `2026-02-29` names a day of the (proleptic Gregorian) calendar. */
export function isDate(text: string): boolean {
  const year = Number(text.slice(0, 4))
  const month = Number(text.slice(5, 7))
  const day = Number(text.slice(8, 10))
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0)
}

/** A bound of a window: an RFC 3339 time on a whole minute, the resolution at which the policy sees time. */
export function parseMinute(text: string, pointer: string, report: Report): Minute | undefined {
  const at = take(parseInstant(text), pointer, report)
  if (at === undefined) return undefined
  if (at % MICROS_PER_MINUTE !== 0) report(pointer, 'a bound lies on a whole minute: write the seconds as 00')
  else return minuteOf(at)
  return undefined
}

/** A half-open window; null where a side is unbounded; undefined after reporting what is wrong. */
export function parseWindow(
  window: WindowDocument,
  pointer: string,
  report: Report,
): { readonly from: Minute | null; readonly until: Minute | null } | undefined {
  const bound = (side: 'from' | 'until') => {
    const text = window[side]
    return text === undefined ? null : parseMinute(text, below(pointer, side), report)
  }
  const from = bound('from')
  const until = bound('until')
  if (from === undefined || until === undefined) return undefined
  if (from === null || until === null || from < until) return { from, until }
  report(below(pointer, 'until'), '"until" must be later than "from": the window is empty')
  return undefined
}

/** Whether a name is an IANA zone that this runtime knows. */
export type KnowsZone = (zone: string) => boolean

/** Asking Intl costs tens of microseconds and agreements are many, so each name is asked for once. */
export function zoneLookup(): KnowsZone {
  const known = new Map<string, boolean>()
  return zone => {
    const answer = known.get(zone) ?? isZone(zone)
    known.set(zone, answer)
    return answer
  }
}

function isZone(zone: string): boolean {
  // Newer runtimes read +07:00 as well: an offset has no calendar of its own.
  if (!/^[A-Z]/.test(zone)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
