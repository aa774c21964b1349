import type { LaneName } from '../domain/gateway-id.ts'

/** What a lane's head row says: how far it goes and what was signed for it. */
export interface StoredHead {
  readonly size: number
  /** Root hash of RFC 6962 section 2.1, 32 bytes. */
  readonly root: Uint8Array
  /** The signed checkpoint (C2SP signed note) of exactly this size and root. */
  readonly checkpoint: string
  /** Rises by one at each take-over of the control lane; always 1 elsewhere. */
  readonly epoch: number
  readonly state: LaneState
}

/** `opening`: not yet endorsed in the control lane. `sealing`: fenced, nothing can be appended. */
export type LaneState = 'opening' | 'open' | 'sealing' | 'sealed'

/** 256 hashes of one level (C2SP tlog-tiles): 8,192 bytes. Level 0 holds leaf hashes. */
export interface FullTile {
  readonly level: number
  readonly index: number
  readonly hashes: Uint8Array
}

/** One batch, as it is to be written. */
export interface Batch {
  readonly lane: LaneName
  /** Compare-and-swap: nothing is written unless the stored head has this size and epoch and is not fenced. */
  readonly from: { readonly size: number; readonly epoch: number }
  readonly to: { readonly size: number; readonly root: Uint8Array; readonly checkpoint: string }
  /** UTC day that the batch is filed under, `2026-11-22`. */
  readonly day: string
  readonly leaves: readonly Uint8Array[]
  readonly tiles: readonly FullTile[]
}

/** What else was true at the moment of the commit, so that an exchange can notice that policy moved on. */
export interface CommitResult {
  /** False: the stored head is not `from` any more, or the lane is fenced; nothing was written. */
  readonly committed: boolean
  /** The newest revision number stored. */
  readonly newestRevision: number
}

/**
 * What a lane needs from storage; `edge/postgres` provides it. One lane never calls it twice at a time.
 */
export interface LaneStore {
  /**
   * One transaction: leaves, full tiles and head together, durable (flushed, and on the synchronous standbys) once resolved.
   * Not idempotent. A rejection means in doubt: the transaction may have happened, and nobody may call it again
   * for this batch before `readHead` has told.
   */
  commit(batch: Batch): Promise<CommitResult>
  /**
   * The head row, locked against a commit still under way (SELECT … FOR UPDATE), and as durable as a commit. Null: no such lane.
   * Rejects where it might show what only one server of a synchronous pair has.
   */
  readHead(lane: LaneName): Promise<StoredHead | null>
  /** Leaf bytes of [from, to), in order. Rejects if one is missing. */
  readLeaves(lane: LaneName, from: number, to: number): Promise<readonly Uint8Array[]>
}

/** The newest head this machine has signed or seen, kept outside the database; `edge` keeps it under DATA_DIR/heads/. */
export interface HeadKeeper {
  /** Synchronous, so that no receipt leaves before its head is kept; survives a kill of the process, not a power cut. */
  keep(lane: LaneName, checkpoint: string): void
  /** The newest kept checkpoint text, or null. */
  read(lane: LaneName): string | null
}
