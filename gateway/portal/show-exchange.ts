import type { KeyObject } from 'node:crypto'
import type { ExchangeId } from '../domain/exchange-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import { commitmentKey } from '../record/commitment.ts'
import { readLeaf, type StoredRecord, textOf } from '../record/read-leaf.ts'
import type { ProvenRecord } from '../review/exchange-reader.ts'
import { stateOf } from './state-of.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/**
 * What a party may know of an exchange: its state, its records with proofs, and the keys of the commitments, with which it can
 * show what crossed. Null for anybody else, as if there were none.
 */
export function showExchange(
  exchange: ExchangeId,
  records: readonly ProvenRecord[],
  reader: SystemId,
  evidenceKey: KeyObject,
): Record<string, unknown> | null {
  const read = readAll(records)
  const role = roleOf(read, reader)
  if (role === null) return null
  return {
    exchangeId: exchange,
    state: stateOf(read),
    role,
    commitmentKeys: {
      request: commitmentKey(evidenceKey, exchange, 'request').toString('hex'),
      response: commitmentKey(evidenceKey, exchange, 'response').toString('hex'),
    },
    records: records.map(({ lane, index, leaf, leafHash, proof }) => ({
      lane,
      index,
      leaf: base64(leaf),
      leafHash: base64(leafHash),
      proof: { size: proof.size, hashes: proof.hashes.map(base64), checkpoint: proof.checkpoint },
    })),
  }
}

/** What a system is to an exchange; null: it may know nothing of it. */
export const roleIn = (records: readonly ProvenRecord[], system: SystemId): 'consumer' | 'provider' | null =>
  roleOf(readAll(records), system)

const readAll = (records: readonly ProvenRecord[]): readonly StoredRecord[] =>
  records.flatMap(({ leaf }) => {
    const record = readLeaf(leaf)
    return record.ok ? [record.value] : []
  })

function roleOf(records: readonly StoredRecord[], reader: SystemId): 'consumer' | 'provider' | null {
  if (records.some(record => textOf(record, 'consumer') === reader)) return 'consumer'
  // What was refused before it was forwarded is none of the provider's business.
  const forwarded = records.some(record => record.kind === 'request' && record.fields.mode !== 'check')
  return forwarded && records.some(record => textOf(record, 'provider') === reader) ? 'provider' : null
}
