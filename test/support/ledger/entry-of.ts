import type { Answered } from '../world/client.ts'
import type { LedgerEntry } from './ledger.ts'

/** What a client writes down of an answer; of a call that failed, with null. `system` as in the log: `G99.21/records`. */
export function entryOf(system: string, answered: Answered | null): LedgerEntry {
  const text = (name: string): string | null => {
    const value = answered?.headers[name]
    return typeof value === 'string' ? value : null
  }
  return {
    system,
    status: answered?.status ?? null,
    exchange: text('exchange-id'),
    problem: text('exchange-problem'),
    receipt: text('exchange-receipt'),
  }
}
