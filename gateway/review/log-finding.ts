import type { LaneName } from '../domain/gateway-id.ts'
import type { FindingKind } from '../log/finding.ts'

/** What can be wrong beyond a single lane. */
export type LogFindingKind =
  | FindingKind
  /** A lane that the control lane or a kept head knows has gone. */
  | 'lane-missing'
  /** A lane with records whose key the control lane never endorsed, or endorsed another for. */
  | 'lane-not-endorsed'
  /** The control lane's keys do not follow one another: a key took over without the word of the one before. */
  | 'key-history'
  /** The search index says something else than the record. */
  | 'search-differs'
  /** A leaf that is no record. */
  | 'not-a-record'
  /** A stored revision is not the one that the control lane recorded, or has gone. */
  | 'revision-differs'
  /** A cosignature that its witness's key has not made: it proves nothing, against the log or for it. */
  | 'cosignature-invalid'
  /** A stored time stamp that does not verify: it proves nothing, against the log or for it. */
  | 'timestamp-invalid'
  /** A receipt that a party holds, of a record that the log lacks: it was confirmed, and is lost. */
  | 'receipt-without-record'
  /** A receipt of another record than the one that is stored in its place. */
  | 'receipt-differs'
  /** A receipt that the lane's key has not signed: it proves nothing, against the log or for it. */
  | 'receipt-unsigned'

/** One thing wrong, for people to act on. */
export interface LogFinding {
  readonly lane: LaneName
  readonly kind: LogFindingKind
  readonly index?: number
  /** Exchange that it is about, where one can be named. */
  readonly exchange?: string
  readonly detail: string
}
