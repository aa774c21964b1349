/** Time by counting on one's fingers: no Date, no Intl, no code of the gateway. Minutes since 1970-01-01T00:00Z. */

const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTHS[month - 1] ?? 0)
}

/** Days from 1 January 1970 to a day behind it. */
export function dayNumber(year: number, month: number, day: number): number {
  let days = 0
  for (let y = 1970; y < year; y++) days += isLeap(y) ? 366 : 365
  for (let m = 1; m < month; m++) days += daysInMonth(year, m)
  return days + day - 1
}

/** `2026-01-01T00:00:00+07:00`. */
export function minuteOfText(text: string): number {
  const [date = '', rest = ''] = text.split('T')
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const [hour = 0, minute = 0] = rest.slice(0, 5).split(':').map(Number)
  const zone = rest.slice(8)
  const ahead =
    zone === 'Z' ? 0 : (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)))
  return dayNumber(year, month, day) * 1440 + hour * 60 + minute - ahead
}

/** 1 January 1970 was a Thursday. 0 is Sunday. */
const weekdayOf = (day: number): number => (day + 4) % 7

/** Directive 2000/84/EC: from the last Sunday of March, 01:00 UTC, to the last Sunday of October, 01:00 UTC. */
function isSummerInEurope(minute: number): boolean {
  let year = 1970
  while (dayNumber(year + 1, 1, 1) * 1440 <= minute) year++
  const turn = (month: number): number => {
    const last = dayNumber(year, month, 31)
    return (last - weekdayOf(last)) * 1440 + 60
  }
  return minute >= turn(3) && minute < turn(10)
}

export const ZONES = ['UTC', 'Asia/Ho_Chi_Minh', 'Asia/Kathmandu', 'Europe/Berlin'] as const

/** Minutes that a zone's clock is ahead of UTC. */
export function aheadOf(zone: string, minute: number): number {
  if (zone === 'Asia/Ho_Chi_Minh') return 7 * 60
  if (zone === 'Asia/Kathmandu') return 5 * 60 + 45
  if (zone === 'Europe/Berlin') return isSummerInEurope(minute) ? 120 : 60
  return 0
}

/** What the wall clock of a zone shows. */
export function wallClock(zone: string, minute: number): { readonly weekday: number; readonly ofDay: number } {
  const local = minute + aheadOf(zone, minute)
  return { weekday: weekdayOf(Math.floor(local / 1440)), ofDay: local % 1440 }
}
