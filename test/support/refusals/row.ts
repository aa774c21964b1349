import type { ExchangeKind } from '../../../gateway/record/kinds.ts'
import type { ProblemCode } from '../../../gateway/problems/catalogue.ts'
import type { Answered, Call } from '../world/client.ts'
import type { Answer } from '../world/test-provider.ts'
import type { Scene } from './scene.ts'

/** What a caller got, and for the documentation what it had sent. */
export interface Outcome extends Answered {
  /** Request line, headers and body as the documentation shows them; where absent, those of `call`. */
  readonly shown?: string
}

/**
 * How a refusal stands in the log: these records of that exchange, in this order; one counted `tls-failure`; or a metric only,
 * where there is no exchange or it must not be possible to provoke a record.
 */
export type Recorded = readonly ExchangeKind[] | 'tls-failure' | 'counted only'

/** One way in which a call goes wrong. */
export interface Row {
  readonly what: string
  /** File name of the caller's key and certificate; `G99.21.records` unless told. */
  readonly system?: string
  /** A plain call, or whatever it takes. */
  readonly call: Call | ((scene: Scene) => Promise<Outcome>)
  /** How the provider behaves, where it gets to that. */
  readonly answer?: Answer
  readonly status: number
  readonly code: ProblemCode
  readonly records: Recorded
  /** `yes`: the request has crossed; the answer is withheld. */
  readonly forwarded: 'no' | 'yes'
  /** What the last record says beside the code. */
  readonly detail?: string
  /** The answer names a time. */
  readonly retryAfter?: true
  /** The gateway closes the connection behind it. */
  readonly closes?: true
  /** The page of the code shows this row. */
  readonly documents?: true
}

export const PURPOSE = { 'exchange-purpose': 'reference-data' } as const
export const CATEGORIES = '/exchange/G99.10/categories/v1'
export const LIST: Call = { path: `${CATEGORIES}/provinces`, headers: PURPOSE }

/** A call with a body: the one operation of the categories that takes one. */
export const search = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Call => ({
  method: 'POST',
  path: `${CATEGORIES}/provinces/search`,
  headers: { ...PURPOSE, 'content-type': 'application/json', ...headers },
  body,
})

/** Text of a payload that must not turn up anywhere. */
export const CANARY = 'canary-7f3a9c'
