import { checkLanes, type LaneRow } from './check-lanes.ts'
import { checkReceipts } from './check-receipts.ts'
import type { LedgerEntry, LedgerFinding, Seen } from './ledger.ts'
import type { LoggedRecord } from './read-log.ts'

export type { LedgerEntry, LedgerFinding } from './ledger.ts'

/** Codes that no record is written for: the record is what could not be written. */
const UNRECORDED = new Set(['audit-unavailable', 'response-unrecorded', 'overloaded', 'clock-unreliable'])
const LAST_WORDS = new Set(['response', 'refusal', 'fault', 'undelivered', 'unresolved'])

/**
 * Compares what clients and providers saw with what the log says, one for one. Nothing found means: no payload was seen by anyone
 * without its record, no answer was released without its record, nothing was forwarded twice, every problem has its record, and
 * every receipt that was given out is of a record in the log, under a checkpoint that the lane passed through.
 * `lanes`: where all processes have ended, each lane is sealed once, and what it left open is recorded as unresolved.
 */
export function checkLedger(
  ledger: readonly LedgerEntry[],
  seen: readonly Seen[],
  log: readonly LoggedRecord[],
  lanes: readonly LaneRow[] = [],
): readonly LedgerFinding[] {
  const findings: LedgerFinding[] = []
  const find = (promise: string, exchange: string | null): void =>
    void findings.push({ promise, exchange: exchange ?? '?' })
  const records = byExchange(log)
  const has = (exchange: string | null, kind: string, code?: string): boolean =>
    (records.get(exchange ?? '') ?? []).some(r => r.kind === kind && (code === undefined || r.fields.problem === code))

  const forwarded = new Map<string, number>()
  for (const { headers } of seen) {
    const id = String(headers['exchange-id'])
    forwarded.set(id, (forwarded.get(id) ?? 0) + 1)
  }
  for (const [exchange, times] of forwarded) {
    if (times > 1) find('forwarded more than once', exchange)
    if (!has(exchange, 'request')) find('forwarded without a request record', exchange)
  }
  const counted = countedRefusals(log)
  for (const { exchange, problem, status, system } of ledger) {
    if (status === null) continue
    if (problem === null) {
      if (!has(exchange, 'response')) find('answered without a response record', exchange)
      if (!forwarded.has(exchange ?? '')) find('answered without having been forwarded', exchange)
    } else if (!UNRECORDED.has(problem) && !has(exchange, 'refusal', problem) && !has(exchange, 'fault', problem)) {
      const key = `${system} ${problem}`
      const left = counted.get(key) ?? 0
      if (left > 0) counted.set(key, left - 1)
      else find(`answered ${problem} without a record of it`, exchange)
    }
  }
  for (const [exchange, of] of records) {
    if (of.some(r => r.kind === 'response') && !forwarded.has(exchange))
      find('a response record of what was never forwarded', exchange)
    if (of.filter(r => r.kind === 'response').length > 1) find('two response records', exchange)
    const open =
      of.some(r => r.kind === 'request' && r.fields.mode !== 'check') && !of.some(r => LAST_WORDS.has(r.kind))
    if (open) find('a request without a last word', exchange)
  }
  findings.push(...checkReceipts(ledger, seen, log), ...checkLanes(lanes, log))
  return findings
}

function byExchange(log: readonly LoggedRecord[]): ReadonlyMap<string, readonly LoggedRecord[]> {
  const records = new Map<string, LoggedRecord[]>()
  for (const record of log) {
    if (record.exchange === null) continue
    const same = records.get(record.exchange)
    if (same) same.push(record)
    else records.set(record.exchange, [record])
  }
  return records
}

/** Refusals above the budget, by system and code. */
function countedRefusals(log: readonly LoggedRecord[]): Map<string, number> {
  const counted = new Map<string, number>()
  for (const { kind, fields } of log) {
    if (kind !== 'refusals') continue
    const key = `${String(fields.consumer)} ${String(fields.problem)}`
    counted.set(key, (counted.get(key) ?? 0) + Number(fields.times))
  }
  return counted
}
