import type { Instant } from '../domain/instant.ts'
import type { OfficerEvent, ReadEvent, WaitingAlert } from './control-record.ts'
import { readWaitingAlert } from './read-waiting-alert.ts'
import { readOfficerEvent } from './read-officer-event.ts'

const MAX_READER = 200
const MAX_WHAT = 1000

/** What waits for the control lane: an act of an officer, a look into the log, or an alert. Attacker-controlled, like readOfficerEvent's text. */
export const readWaitingEvent = (text: string, now: Instant): OfficerEvent | ReadEvent | WaitingAlert =>
  readOf(text) ?? readWaitingAlert(text) ?? readOfficerEvent(text, now)

/** Null: it is no read, or none that can be recorded as it stands. */
function readOf(text: string): ReadEvent | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const { kind, reader, via, what, actedAt } = (value ?? {}) as Readonly<Record<string, unknown>>
  const isSound =
    kind === 'read' &&
    isText(reader, MAX_READER) &&
    isText(what, MAX_WHAT) &&
    (via === 'office' || via === 'command') &&
    Number.isSafeInteger(actedAt)
  return isSound ? ({ kind, reader, via, what, actedAt } as ReadEvent) : null
}

const isText = (value: unknown, most: number): boolean =>
  typeof value === 'string' && value.length <= most && /^[\x20-\x7e]+$/.test(value)
