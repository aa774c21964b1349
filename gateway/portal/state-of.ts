import type { StoredRecord } from '../record/read-leaf.ts'

/** How far an exchange got, from its records. */
export type ExchangeState = 'open' | 'checked' | 'answered' | 'refused' | 'faulted' | 'undelivered' | 'unresolved'

/** The last word counts; an answer that could not be delivered has two. */
const STATES: readonly (readonly [kind: string, state: ExchangeState])[] = [
  ['undelivered', 'undelivered'],
  ['refusal', 'refused'],
  ['fault', 'faulted'],
  ['response', 'answered'],
  ['unresolved', 'unresolved'],
]

export function stateOf(records: readonly StoredRecord[]): ExchangeState {
  const last = STATES.find(([kind]) => records.some(record => record.kind === kind))
  if (last) return last[1]
  return records.some(record => record.fields.mode === 'check') ? 'checked' : 'open'
}
