import type { KnowsZone } from './calendar.ts'
import type { ConfigurationDocument, HoursDocument } from './document.ts'
import type { Hours } from './objects.ts'
import { quote, type Report } from './report.ts'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** The hours of an agreement, their range of days expanded. Undefined after reporting what is wrong. */
export function parseHours(
  hours: HoursDocument,
  pointer: string,
  knowsZone: KnowsZone,
  report: Report,
): Hours | undefined {
  const from = minutesOf(hours.from)
  const until = minutesOf(hours.until)
  if (!knowsZone(hours.zone))
    report(`${pointer}/zone`, `${quote(hours.zone)} is not an IANA time zone like Asia/Ho_Chi_Minh`)
  else if (from === until) report(`${pointer}/until`, 'is the same as "from": for whole days write "00:00" and "24:00"')
  else return { zone: hours.zone, days: daysOf(hours.days), from, until }
  return undefined
}

/** Monday to Friday, 7 to 18: unless the genesis says otherwise. */
const USUAL = { days: ['mon', 'fri'], from: '07:00', until: '18:00' }

/** The working hours that guardrails see. A zone that does not exist is told elsewhere. */
export function parseWorkingHours(
  { zone, workingHours = USUAL }: ConfigurationDocument['genesis'],
  knowsZone: KnowsZone,
  report: Report,
): Hours | undefined {
  return knowsZone(zone) ? parseHours({ ...workingHours, zone }, '/genesis/workingHours', knowsZone, report) : undefined
}

/** [mon, fri] is Monday to Friday, [fri, mon] Friday to Monday; in the order of Date.getDay. */
function daysOf(range: readonly string[]): readonly number[] {
  const first = DAYS.indexOf(range[0] ?? '')
  const last = DAYS.indexOf(range[1] ?? '')
  const length = ((last - first + 7) % 7) + 1
  return Array.from({ length }, (_, step) => (first + step) % 7).sort((a, b) => a - b)
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}
