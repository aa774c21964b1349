import type { IncomingHttpHeaders } from 'node:http'

/** What a client wrote down of one call. `exchange` is null where no answer came. */
export interface LedgerEntry {
  readonly system: string
  readonly status: number | null
  readonly exchange: string | null
  /** Problem code; null: the answer came from the provider. */
  readonly problem: string | null
  /** The `Exchange-Receipt` of the answer. */
  readonly receipt: string | null
}

/** One request as a provider saw it. */
export interface Seen {
  readonly headers: IncomingHttpHeaders
}

export interface LedgerFinding {
  readonly promise: string
  /** The exchange, or the lane, that it is about. */
  readonly exchange: string
}
