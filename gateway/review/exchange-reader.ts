import type { ExchangeId, RequestId } from '../domain/exchange-id.ts'
import type { LaneName } from '../domain/gateway-id.ts'
import type { SystemId } from '../domain/system-id.ts'

/** One record with the proof that its lane's checkpoint covers it (RFC 6962 section 2.1.1). */
export interface ProvenRecord {
  readonly lane: LaneName
  readonly index: number
  readonly leaf: Uint8Array
  readonly leafHash: Uint8Array
  readonly proof: {
    readonly size: number
    readonly hashes: readonly Uint8Array[]
    /** Signed checkpoint of exactly this size. */
    readonly checkpoint: string
  }
}

/** What a party may read of the log; `edge/postgres` provides it. */
export interface ExchangeReader {
  /** All records of an exchange in the order of their writing; empty where there is none. */
  recordsOf(exchange: ExchangeId): Promise<readonly ProvenRecord[]>
  /** The newest exchanges that a consumer gave this id of its own, at most `limit`. */
  exchangesOf(consumer: SystemId, requestId: RequestId, limit: number): Promise<readonly ExchangeId[]>
}
