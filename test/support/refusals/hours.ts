import type { HoursDocument } from '../../../gateway/configuration/document.ts'

const MINUTE = 60_000

/** Hours of every day from and until so many minutes from now, on the wall clock of a zone; the minute that runs is 0. */
export function hoursAround(zone: string, from: number, until: number): HoursDocument {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const at = (minutes: number): string => format.format(new Date(Date.now() + minutes * MINUTE))
  return { zone, days: ['mon', 'sun'], from: at(from), until: at(until) }
}
