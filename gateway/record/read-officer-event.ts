import { parseChangeId } from '../domain/change-id.ts'
import { digestOf, parseDigest } from '../domain/digest.ts'
import { type Instant, instant } from '../domain/instant.ts'
import type { OfficerEvent } from './control-record.ts'

const VIAS: readonly unknown[] = ['office', 'command', 'schedule']
const OUTCOMES: readonly unknown[] = ['done', 'refused']
/** Names of acts and codes; and an officer's, as somebody claimed it. */
const MAX_NAME = 64

/**
 * An act as it waits for the control lane, in a table that the office side writes: attacker-controlled. What cannot be read is
 * recorded all the same, by digest: nothing that waits may hold up what comes behind it.
 */
export function readOfficerEvent(text: string, now: Instant): OfficerEvent {
  return whole(text) ?? unreadable(text, now)
}

function whole(text: string): OfficerEvent | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>
  const { event, officer, via, change, outcome, reason, was, is, actedAt } = fields
  const sound =
    isName(event) &&
    (officer === null || isName(officer)) &&
    VIAS.includes(via) &&
    (change === null || (typeof change === 'string' && parseChangeId(change).ok)) &&
    OUTCOMES.includes(outcome) &&
    (reason === null || isName(reason)) &&
    [was, is].every(digest => digest === null || (typeof digest === 'string' && parseDigest(digest).ok)) &&
    Number.isSafeInteger(actedAt)
  return sound ? ({ event, officer, via, change, outcome, reason, was, is, actedAt } as OfficerEvent) : null
}

const isName = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= MAX_NAME && /^[\x21-\x7e]+$/.test(value)

const unreadable = (text: string, now: Instant): OfficerEvent => ({
  event: 'unreadable',
  officer: null,
  via: 'office',
  change: null,
  outcome: 'refused',
  reason: 'malformed',
  was: null,
  is: digestOf(text),
  actedAt: instant(now),
})
