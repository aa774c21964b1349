import type { LaneName } from '../domain/gateway-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { KeyOfSize } from './checkpoint.ts'
import type { HeadKeeper, LaneStore } from './lane-store.ts'
import type { FullTileReader } from './rebuild-frontier.ts'
import type { Sleep } from './look-at-head.ts'
import type { Signer } from './signed-note.ts'

/** What a caller learns once its record is durable. */
export interface Committed {
  /** Place in the lane, from 0. */
  readonly index: number
  readonly leafHash: Uint8Array
  /** Signed checkpoint of the batch that holds the record. */
  readonly checkpoint: string
  /**
   * The newest revision stored at the moment of the commit. Null: the answer to the commit was lost and the head row
   * told of it, so nobody knows; whoever would go on with a revision has to look again.
   */
  readonly newestRevision: number | null
}

/** Why a lane can never be written to again; a new lane has to be opened. */
export interface Death {
  /**
   * `fenced`: another writer moved the head, or the lane is sealed. `head-disagrees`: after a failure the stored head
   * is neither before nor after the batch (a failover lost commits, a backup was put back). `head-not-kept`: the head
   * could not be kept outside the database. `not-committed`: a batch failed again and again, and nothing of it was written.
   * `broken`: a fault of ours.
   */
  readonly reason: 'fenced' | 'head-disagrees' | 'head-not-kept' | 'not-committed' | 'broken'
  readonly detail: string
  readonly cause?: unknown
}

export interface LaneOptions {
  readonly name: LaneName
  /** Named `originOf(name)`. */
  readonly signer: Signer
  /** Where the lane was handed over between keys: which one has signed how many leaves. Default: the signer's, always. */
  readonly keyOf?: KeyOfSize
  readonly store: LaneStore
  readonly heads: HeadKeeper
  /**
   * A head up to which this machine has verified the lane before, leaf by leaf, and the stored full tiles: recovering the lane then
   * reads what lies behind it only. Not beyond the kept head. Default: every leaf is read.
   */
  readonly proven?: { readonly size: number; readonly root: Uint8Array; readonly readTile: FullTileReader }
  readonly clock: () => Instant
  /** The longest that one append may stay without an answer, in milliseconds. Default 5000. */
  readonly inDoubtMillis?: number
  /** How many appends may wait beside those in flight; more are refused at once. Default 4096. */
  readonly maxWaiting?: number
  /** Pause between attempts to read the head. Default setTimeout. */
  readonly sleep?: Sleep
  /** Called after each commit: leaves in the batch, and milliseconds from taking them to having kept the head. */
  readonly batchObserver?: (size: number, millis: number) => void
  /** Called once, after all callers were refused. */
  readonly onDead?: (death: Death) => void
}

/** `in-doubt`: a commit failed and the head row has not told yet whether it happened. */
export type LaneCondition = 'open' | 'in-doubt' | 'closing' | 'closed' | 'dead'
