import { type Instant, parseInstant } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { Occurrence } from '../problems/problem.ts'
import type { Call } from './outcome.ts'

export interface TimeRange {
  readonly from: Instant
  readonly to: Instant
}

const DAY_MICROS = 86_400_000_000
/** Longer questions are for the command line, where nobody else waits. */
const MOST_DAYS = 400

/** The half-open time that `from` and `to` name; unless told the last `days` days until now. */
export function readTimeRange(given: Call['parameters'], now: Instant, days: number): Result<TimeRange, Occurrence> {
  const to = timeOf(given, 'to', now)
  if (!to.ok) return to
  const from = timeOf(given, 'from', (to.value - days * DAY_MICROS) as Instant)
  if (!from.ok) return from
  if (from.value >= to.value) return err(invalid('/to', 'is not behind from'))
  if (to.value - from.value > MOST_DAYS * DAY_MICROS) return err(invalid('/from', `at most ${MOST_DAYS} days`))
  return ok({ from: from.value, to: to.value })
}

function timeOf(given: Call['parameters'], name: 'from' | 'to', otherwise: Instant): Result<Instant, Occurrence> {
  const text = given[name]
  if (text === undefined || text === null) return ok(otherwise)
  const time = parseInstant(typeof text === 'string' ? text : '')
  return time.ok ? time : err(invalid(`/${name}`, time.error))
}

/** What a member of the input should be. */
export const invalid = (pointer: string, message: string): Occurrence => ({
  code: 'request-invalid',
  violations: [{ pointer, keyword: 'format', message }],
})
