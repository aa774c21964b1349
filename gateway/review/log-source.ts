import type { LaneName } from '../domain/gateway-id.ts'
import type { LaneState } from '../log/lane-store.ts'

/** A lane as it is shown to readers. */
export interface ShownLane {
  readonly name: LaneName
  readonly state: LaneState
  /** Raw Ed25519 key, 32 bytes, that has signed `checkpoint`. */
  readonly publicKey: Uint8Array
  readonly size: number
  /** Signed note of exactly this size, its signature checked. */
  readonly checkpoint: string
}

/** A record of the control lane by which a key can be trusted: prove that the lane holds it there. */
export interface ControlLeaf {
  readonly index: number
  readonly leaf: Uint8Array
}

/** The key of a data lane, and the record of the control lane that endorsed it; null: not endorsed yet. */
export interface LaneKey {
  readonly name: LaneName
  readonly publicKey: Uint8Array
  readonly endorsement: ControlLeaf | null
}

/** Entries of a list behind the one named by `cursor`; null: the list ends here. */
export interface Page<T> {
  readonly entries: readonly T[]
  readonly cursor: string | null
}

/**
 * The whole log for readers; `edge/postgres` provides it from what every process has written. All reject where the store cannot be
 * asked, and where a head is not signed: such a one is never shown.
 */
export interface LogSource {
  /** In the order in which they were opened. */
  lanes(cursor: string | null, limit: number): Promise<Page<ShownLane>>
  /** Null: no such lane. */
  lane(name: LaneName): Promise<ShownLane | null>
  laneKeys(cursor: string | null, limit: number): Promise<Page<LaneKey>>
  /** The records of the control lane that tell of its own keys, in order. */
  controlKeys(): Promise<readonly ControlLeaf[]>
  /** The first `width` hashes of a tile that `lane` reaches. */
  tile(lane: ShownLane, level: number, index: number, width: number): Promise<Uint8Array>
  /** The first `width` leaves of a bundle that `lane` reaches; null: retention has dropped one. */
  entries(lane: ShownLane, index: number, width: number): Promise<readonly Uint8Array[] | null>
}
