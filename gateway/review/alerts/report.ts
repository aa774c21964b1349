import type { Condition } from './condition.ts'
import type { Counted } from './count-windows.ts'

/** What one process says of itself every few seconds, for whichever process keeps the alerts. */
export interface Report {
  /** Seconds by which its clock is ahead of the database's; null: not known. */
  readonly drift: number | null
  readonly conditions: readonly Condition[]
  readonly counts: readonly Counted[]
}

const MOST_CONDITIONS = 500
/** The largest: what stays below could only matter together with others like it. */
const MOST_COUNTS = 500
const MAX_TEXT = 200
const MAX_DETAIL = 1_000

export function writeReport({ drift, conditions, counts }: Report): string {
  const largest = counts.toSorted((a, b) => b.amount - a.amount).slice(0, MOST_COUNTS)
  return JSON.stringify({ drift, conditions: conditions.slice(0, MOST_CONDITIONS), counts: largest })
}

/** Reads what another process wrote, attacker-controlled. Null: it is none; what cannot be read in it is left out. */
export function readReport(text: string): Report | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const { drift, conditions, counts } = (value ?? {}) as Readonly<Record<string, unknown>>
  return {
    drift: typeof drift === 'number' && Number.isFinite(drift) ? drift : null,
    conditions: listOf(conditions).slice(0, MOST_CONDITIONS).flatMap(readCondition),
    counts: listOf(counts).slice(0, MOST_COUNTS).flatMap(readCounted),
  }
}

type Fields = Readonly<Record<string, unknown>>

const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? (value as unknown[]).map(each => (each ?? {}) as Fields) : []

function readCondition({ rule, subject, detail, officers }: Fields): readonly Condition[] {
  if (!isCode(rule) || !isText(subject, MAX_TEXT) || !isText(detail, MAX_DETAIL)) return []
  const named = Array.isArray(officers) ? (officers as unknown[]).filter(isCode) : []
  return [{ rule, subject, detail, ...(named.length > 0 ? { officers: named } : {}) }]
}

const readCounted = ({ rule, subject, amount }: Fields): readonly Counted[] =>
  isCode(rule) && isText(subject, MAX_TEXT) && typeof amount === 'number' && amount >= 0
    ? [{ rule, subject, amount }]
    : []

const isCode = (value: unknown): value is string => typeof value === 'string' && /^[a-z][a-z0-9-]{0,62}$/.test(value)

/** Printable, so that nothing in it breaks a line of a log. */
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most && /^[^\p{Cc}\p{Cs}]*$/u.test(value)
