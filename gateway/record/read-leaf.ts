import { parseInstant, type Instant } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { CONTROL_KINDS, COUNTED_KINDS, EXCHANGE_KINDS, type Kind } from './kinds.ts'

const KINDS: ReadonlySet<string> = new Set([...EXCHANGE_KINDS, ...COUNTED_KINDS, ...CONTROL_KINDS])

/** A stored record, read back. Its fields are as trustworthy as the root that its leaf hash was proven under. */
export interface StoredRecord {
  readonly kind: Kind
  readonly at: Instant
  readonly fields: Readonly<Record<string, unknown>>
}

/** Reads leaf bytes as they are stored; an error where they are no record of version 1. */
export function readLeaf(leaf: Uint8Array): Result<StoredRecord> {
  let fields: unknown
  try {
    fields = JSON.parse(Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('utf8'))
  } catch {
    return err('not JSON')
  }
  if (typeof fields !== 'object' || fields === null) return err('not an object')
  const { v, kind, at } = fields as Record<string, unknown>
  if (v !== 1) return err('not a record of version 1')
  if (typeof kind !== 'string' || !KINDS.has(kind)) return err('a kind that this version does not know')
  // Never String(at): of an object with its own `toString` it throws, and stored bytes are attacker-controlled.
  const written = parseInstant(typeof at === 'string' ? at : '')
  if (!written.ok) return written
  return ok({ kind: kind as Kind, at: written.value, fields: fields as Record<string, unknown> })
}

/** A field where it is a string, else null. */
export function textOf(record: StoredRecord, name: string): string | null {
  const value = record.fields[name]
  return typeof value === 'string' ? value : null
}

/** A field where it is a number, else null. */
export function numberOf(record: StoredRecord, name: string): number | null {
  const value = record.fields[name]
  return typeof value === 'number' ? value : null
}
