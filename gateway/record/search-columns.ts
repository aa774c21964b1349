import type { Instant } from '../domain/instant.ts'
import { ok, type Result } from '../domain/result.ts'
import { numberOf, readLeaf, type StoredRecord, textOf } from './read-leaf.ts'

/** What a record can be searched by. Derived from the leaf bytes and nothing else: verification derives it again and compares. */
export interface SearchColumns {
  readonly at: Instant
  readonly kind: string
  readonly exchangeId: string | null
  readonly consumer: string | null
  readonly provider: string | null
  readonly service: string | null
  readonly operation: string | null
  readonly purpose: string | null
  readonly agreement: string | null
  readonly decision: string | null
  readonly code: string | null
  readonly status: number | null
  readonly requestId: string | null
  readonly revision: number | null
}

/** The search columns of a leaf, or why it is no record. */
export function columnsOf(leaf: Uint8Array): Result<SearchColumns> {
  const read = readLeaf(leaf)
  return read.ok ? ok(columnsOfRecord(read.value)) : read
}

function columnsOfRecord(record: StoredRecord): SearchColumns {
  const input = record.fields.input as { purpose?: unknown } | undefined
  return {
    at: record.at,
    kind: record.kind,
    exchangeId: textOf(record, 'exchange'),
    consumer: textOf(record, 'consumer'),
    provider: textOf(record, 'provider'),
    service: textOf(record, 'service'),
    operation: textOf(record, 'operation'),
    purpose: typeof input?.purpose === 'string' ? input.purpose : null,
    agreement: textOf(record, 'agreement'),
    decision: textOf(record, 'decision'),
    code: textOf(record, 'problem'),
    status: numberOf(record, 'status'),
    requestId: textOf(record, 'requestId'),
    revision: numberOf(record, 'revision'),
  }
}
