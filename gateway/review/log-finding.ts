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

/** One thing wrong, for people to act on. */
export interface LogFinding {
  readonly lane: LaneName
  readonly kind: LogFindingKind
  readonly index?: number
  readonly detail: string
}
