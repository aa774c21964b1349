import type { LaneName } from '../domain/gateway-id.ts'
import type { LaneState } from '../log/lane-store.ts'
import type { LeafRow } from '../log/verify-lane.ts'
import type { SearchColumns } from '../record/search-columns.ts'

export interface ReviewedLane {
  readonly name: LaneName
  readonly kind: 'data' | 'control'
  readonly state: LaneState
  readonly publicKey: Uint8Array
  readonly size: number
  readonly root: Uint8Array
  readonly checkpoint: string
  /** Records up to here have been copied into the search index. */
  readonly followed: number
}

export interface ReviewedRevision {
  readonly number: number
  readonly digest: string
  readonly previous: string | null
  readonly content: string
}

export interface ReviewedStamp {
  readonly authority: string
  readonly size: number
  readonly root: Uint8Array
  /** The note that was stamped. */
  readonly checkpoint: string
  /** DER. */
  readonly token: Uint8Array
}

/** A consistent view of everything stored, as of one moment; `edge/postgres` provides it. */
export interface LogReader {
  lanes(): Promise<readonly ReviewedLane[]>
  /** All rows of a lane by rising index, also those beyond its head. */
  leaves(lane: LaneName): AsyncIterable<readonly LeafRow[]>
  readTile(lane: LaneName, level: number, index: number): Promise<Uint8Array | null>
  /** Search rows of [from, to], by index. */
  searchRows(lane: LaneName, from: number, to: number): Promise<ReadonlyMap<number, SearchColumns>>
  revisions(): AsyncIterable<ReviewedRevision>
  /** Time stamps of the control lane, in the order in which they came. */
  timestamps(): AsyncIterable<ReviewedStamp>
}
