import { parseOfficerId } from '../domain/officer-id.ts'
import type { WaitingAlert } from './control-record.ts'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const RULE = /^[a-z][a-z0-9-]{0,62}$/
const MAX_SUBJECT = 200
/** Leaves room in a leaf, whatever the characters are. */
const MAX_DETAIL = 1_000
const EVENTS: readonly unknown[] = ['raised', 'ended', 'reviewed']

/** An alert as it waits for the control lane. Attacker-controlled. Null: it is none, or none that can be recorded as it stands. */
export function readWaitingAlert(text: string): WaitingAlert | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>
  const { kind, event, alert, rule, subject, detail, officer, actedAt } = fields
  const isSound =
    kind === 'alert' &&
    EVENTS.includes(event) &&
    typeof alert === 'string' &&
    ID.test(alert) &&
    typeof rule === 'string' &&
    RULE.test(rule) &&
    (subject === null || isText(subject, MAX_SUBJECT)) &&
    isText(detail, MAX_DETAIL) &&
    (officer === null || (typeof officer === 'string' && parseOfficerId(officer).ok)) &&
    Number.isSafeInteger(actedAt)
  return isSound ? ({ kind, event, alert, rule, subject, detail, officer, actedAt } as WaitingAlert) : null
}

/** A note of an officer is in any language; what breaks a line is in none. */
const isText = (value: unknown, most: number): boolean =>
  typeof value === 'string' && value.length <= most && /^[^\p{Cc}\p{Cs}]*$/u.test(value)
