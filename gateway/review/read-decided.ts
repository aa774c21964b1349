import { type ExchangeId, parseExchangeId } from '../domain/exchange-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { DecisionInput } from '../policy/decision.ts'
import type { RecordedVerdict } from '../policy/replay.ts'
import { decisionInputOf } from '../record/decision-input.ts'
import { COUNTED_KINDS, type Kind } from '../record/kinds.ts'
import { numberOf, readLeaf, type StoredRecord, textOf } from '../record/read-leaf.ts'

/** Why an exchange, or what was counted in its place, cannot be decided again. */
export const NOT_REPLAYABLE = [
  /** It never came as far as an operation: no identity, no route. */
  'not-routed',
  /** It had an operation, but nothing was decided: its headers could not be read, or something broke. */
  'not-decided',
  /** decide() permitted it; what refused it behind that (a schema, a limit, a token, a signature) needs more than the record holds. */
  'refused-later',
  /** Permitted, and then something of ours broke before it was recorded. */
  'fault',
  /** Only counted: a record says how often. */
  'counted',
  /** Not a record, or not one that says what it has to. */
  'unreadable',
] as const
export type NotReplayable = (typeof NOT_REPLAYABLE)[number]

export type ReadDecided =
  | {
      readonly kind: 'decided'
      readonly exchange: ExchangeId | null
      readonly at: Instant
      readonly revision: number
      readonly input: DecisionInput
      readonly verdict: RecordedVerdict
    }
  | {
      readonly kind: 'not-replayable'
      readonly at: Instant | null
      readonly why: NotReplayable
      /** Problem code; `-` where there is none. */
      readonly code: string
      /** How many it stands for. */
      readonly times: number
    }
  /** One more record of an exchange whose `request` record says what was decided. */
  | { readonly kind: 'follows' }

const FOLLOWS = { kind: 'follows' } as const

const COUNTED: ReadonlySet<Kind> = new Set(COUNTED_KINDS)
/** Without a request record before it, such a record is the only one of its exchange. */
const ENDINGS: ReadonlySet<Kind> = new Set(['refusal', 'fault', 'undelivered'])

/** What a leaf of a gateway's lane says of one decision. Its bytes are taken before they are proven, so they may hold anything. */
export function readDecided(leaf: Uint8Array): ReadDecided {
  const read = readLeaf(leaf)
  if (!read.ok) return notReplayable(null, 'unreadable')
  const record = read.value
  if (record.kind === 'request') return decided(record) ?? notReplayable(record, 'unreadable')
  if (COUNTED.has(record.kind)) return notReplayable(record, 'counted', timesOf(record))
  return ENDINGS.has(record.kind) && !hasRequestRecord(record) ? refused(record) : FOLLOWS
}

function refused(record: StoredRecord): ReadDecided {
  if (textOf(record, 'decision') === 'refuse') return decided(record) ?? notReplayable(record, 'unreadable')
  if (textOf(record, 'decision') === 'permit')
    return notReplayable(record, record.kind === 'fault' ? 'fault' : 'refused-later')
  return notReplayable(record, textOf(record, 'operation') === null ? 'not-routed' : 'not-decided')
}

/** Records behind the request's own say when that was durable. */
const hasRequestRecord = ({ fields }: StoredRecord): boolean =>
  typeof (fields.timings as { recorded?: unknown } | null | undefined)?.recorded === 'number'

function decided(record: StoredRecord): ReadDecided | null {
  const input = decisionInputOf(record)
  const revision = numberOf(record, 'revision')
  const decision = textOf(record, 'decision')
  const reason = textOf(record, 'reason')
  if (!input || revision === null || reason === null || (decision !== 'permit' && decision !== 'refuse')) return null
  const exchange = parseExchangeId(textOf(record, 'exchange') ?? '')
  return {
    kind: 'decided',
    exchange: exchange.ok ? exchange.value : null,
    at: record.at,
    revision,
    input,
    verdict: { kind: decision, reason, agreement: textOf(record, 'agreement') },
  }
}

const notReplayable = (record: StoredRecord | null, why: NotReplayable, times = 1): ReadDecided => ({
  kind: 'not-replayable',
  at: record?.at ?? null,
  why,
  code: (record && textOf(record, 'problem')) ?? '-',
  times,
})

function timesOf(record: StoredRecord): number {
  const times = numberOf(record, 'times')
  return times !== null && Number.isSafeInteger(times) && times > 0 ? times : 1
}
