import type { Configuration } from '../../configuration/objects.ts'
import type { Minute } from '../../domain/instant.ts'
import { coversMinute } from '../check-hours.ts'
import { localTime } from '../local-time.ts'
import { type CalendarMember, WEEKDAYS } from './cedar-schema.ts'

/** Where the calendar of the guardrails is. */
export type CalendarPlace = Pick<Configuration, 'zone' | 'workingHours'>

type Value = string | number | boolean

const read = {
  weekday: ({ zone }, minute) => WEEKDAYS[localTime(zone, minute).weekday] ?? '',
  minuteOfDay: ({ zone }, minute) => localTime(zone, minute).minuteOfDay,
  workingHours: ({ workingHours }, minute) => coversMinute(workingHours, minute),
} as const satisfies Record<CalendarMember, (place: CalendarPlace, minute: Minute) => Value>

/** The values of these members at a minute, in their order. */
export const bandOf = (members: readonly CalendarMember[], place: CalendarPlace, minute: Minute): readonly Value[] =>
  members.map(member => read[member](place, minute))
