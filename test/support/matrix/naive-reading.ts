import type {
  AgreementDocument,
  ConfigurationDocument,
  HoursDocument,
} from '../../../gateway/configuration/document.ts'
import { dayNumber, daysInMonth, minuteOfText, wallClock, aheadOf } from './naive-time.ts'

/** An exchange as a person would put the question. */
export interface Question {
  readonly consumer: string
  readonly service: string
  readonly operation: string
  readonly purpose: string | null
  readonly declared: string | null
  /** Minutes since 1970. */
  readonly at: number
}

export interface NaiveAnswer {
  readonly agreement: string
  readonly classification: string
}

/**
 * What a configuration permits, read from its documents by somebody who knows DESIGN.md ("An agreement") and none of our code: a walk
 * over all agreements, each line of one read as it is written. Null: nothing permits it.
 */
export function permittedBy(document: ConfigurationDocument, asked: Question): NaiveAnswer | null {
  const service = document.services.find(({ id }) => id === asked.service)
  const label = service && labelIn(service.openapi, asked.operation)
  if (!service || label === undefined || service.suspended === true) return null
  for (const { from, until } of service.maintenance ?? [])
    if (asked.at >= minuteOfText(from) && asked.at < minuteOfText(until)) return null
  if (asked.declared !== null && rankOf(asked.declared) < rankOf(label)) return null
  const classification = asked.declared ?? label
  // A state secret ranks above everything.
  const found = document.agreements.filter(
    agreement =>
      agreement.consumer === asked.consumer &&
      agreement.service === asked.service &&
      (agreement.operations === undefined || Object.keys(agreement.operations).includes(asked.operation)) &&
      asked.purpose !== null &&
      agreement.purposes.includes(asked.purpose) &&
      agreement.suspended !== true &&
      asked.at >= minuteOfText(agreement.valid.from) &&
      asked.at < minuteOfText(agreement.valid.until) &&
      (agreement.hours === undefined || isOpen(agreement.hours, asked.at)) &&
      isAwake(agreement, asked.at) &&
      asked.at < lapseOf(agreement.securityConfirmedOn, document.genesis.zone) &&
      rankOf(classification) <= rankOf(agreement.ceiling),
  )
  if (found.length > 1) throw new Error('two agreements at once')
  return found[0] ? { agreement: found[0].id, classification } : null
}

const RANKS = ['public', 'internal', 'restricted', 'state-secret']
const rankOf = (label: string): number => RANKS.indexOf(label)

function labelIn(openapi: unknown, name: string): string | undefined {
  const { paths } = openapi as { paths: Record<string, Record<string, Record<string, string>>> }
  return Object.values(paths)
    .flatMap(path => Object.values(path))
    .find(operation => operation['operationId'] === name)?.['x-classification']
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Walks from the first day to the last. */
function isNamed(weekday: number, [first = '', last = '']: readonly string[]): boolean {
  for (let day = DAYS.indexOf(first); ; day = (day + 1) % 7) {
    if (day === weekday) return true
    if (DAYS[day] === last) return false
  }
}

/** Hours past midnight belong to the evening before. */
function isOpen({ zone, days, from, until }: HoursDocument, at: number): boolean {
  const { weekday, ofDay } = wallClock(zone, at)
  const [opens, closes] = [from, until].map(text => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) as [
    number,
    number,
  ]
  if (opens < closes) return isNamed(weekday, days) && ofDay >= opens && ofDay < closes
  if (ofDay >= opens) return isNamed(weekday, days)
  return ofDay < closes && isNamed((weekday + 6) % 7, days)
}

const isAwake = ({ dormant, activation }: AgreementDocument, at: number): boolean =>
  dormant !== true ||
  (activation !== undefined && at >= minuteOfText(activation.from) && at < minuteOfText(activation.until))

const CONFIRMED_FOR_MONTHS = 6

/** The first minute, in the ministry's zone, of the same day six months later; a day that the month lacks is its last one. */
export function lapseOf(day: string, zone: string): number {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const later = month + CONFIRMED_FOR_MONTHS
  const [y, m] = later > 12 ? [year + 1, later - 12] : [year, later]
  const midnight = dayNumber(y, m, Math.min(date, daysInMonth(y, m))) * 1440
  // Clocks are not turned at midnight in any of these zones.
  return midnight - aheadOf(zone, midnight - aheadOf(zone, midnight))
}
