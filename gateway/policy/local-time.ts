import { instantOfMinute, millisOf, type Minute } from '../domain/instant.ts'

/** What a wall calendar in some zone shows. */
export interface LocalTime {
  /** 0 Sunday to 6 Saturday. */
  readonly weekday: number
  /** Minutes since local midnight. */
  readonly minuteOfDay: number
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Intl costs about 30 µs to make and 2 µs to ask: one formatter per zone, and the last answer per zone. Neither is observable. */
const formatters = new Map<string, Intl.DateTimeFormat>()
const lastAnswers = new Map<string, { readonly minute: Minute; readonly local: LocalTime }>()

/** The local time in an IANA zone that the configuration has checked to exist. Pure. */
export function localTime(zone: string, minute: Minute): LocalTime {
  const last = lastAnswers.get(zone)
  if (last?.minute === minute) return last.local
  const local = ask(zone, minute)
  lastAnswers.set(zone, { minute, local })
  return local
}

function ask(zone: string, minute: Minute): LocalTime {
  let formatter = formatters.get(zone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formatters.set(zone, formatter)
  }
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of formatter.formatToParts(millisOf(instantOfMinute(minute)))) part[type] = value
  return {
    weekday: WEEKDAYS.indexOf(part.weekday ?? ''),
    minuteOfDay: Number(part.hour) * 60 + Number(part.minute),
  }
}
