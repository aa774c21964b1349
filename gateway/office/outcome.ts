import type { ChangeId } from '../domain/change-id.ts'
import type { Session } from '../control/session.ts'
import type { Instant } from '../domain/instant.ts'
import type { JsonValue } from '../schema/json-value.ts'
import type { Occurrence } from '../problems/problem.ts'
import type { Caller, OfficePorts } from './ports.ts'

/** What a handler is given: a caller who may call the operation, and input that is as described. */
export interface Call extends Caller {
  readonly ports: OfficePorts
  readonly now: Instant
  /** The one that the call came with; null: none. */
  readonly session: Session | null
  readonly operation: string
  /** Path and query parameters, numbers as numbers. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Null where the operation takes none. */
  readonly body: JsonValue
  /** Of a header that came once; undefined: none. */
  readonly header: (name: string) => string | undefined
}

/** What becomes of a call. `recorded`: the change desk has written it down already. */
export type Outcome = (
  | {
      readonly kind: 'answer'
      readonly status: 200 | 201
      readonly headers?: Readonly<Record<string, string>>
      /** JSON, the text of a page, or the pieces of a text or file. */
      readonly body: unknown
    }
  | {
      readonly kind: 'refused'
      readonly headers?: Readonly<Record<string, string>>
      readonly occurrence: Occurrence
    }
) & {
  readonly recorded?: true
  readonly change?: ChangeId
  /** What of the log it holds, in words of ours: recorded as a read of it. */
  readonly read?: string
}

export type Handler = (call: Call) => Outcome | Promise<Outcome>

export const answer = (body: unknown, headers: Readonly<Record<string, string>> = {}): Outcome => ({
  kind: 'answer',
  status: 200,
  headers,
  body,
})

export const refuse = (code: Occurrence['code'], detail?: string): Outcome => ({
  kind: 'refused',
  occurrence: detail === undefined ? { code } : { code, detail },
})

/** Parameters are as described by the time a handler sees them. */
export const textOf = ({ parameters }: Call, name: string): string => String(parameters[name])
export const numberOf = ({ parameters }: Call, name: string, normally: number): number =>
  typeof parameters[name] === 'number' ? parameters[name] : normally

/** Entries of a page. */
export const PAGE = 50
