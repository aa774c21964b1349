import type { LaneName } from '../domain/gateway-id.ts'
import type { LaneState, StoredHead } from '../log/lane-store.ts'

export interface KnownLane extends StoredHead {
  readonly name: LaneName
  /** Raw Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array
}

/** What the keeper of the control lane needs from storage; `edge/postgres` provides it. */
export interface LaneRegister {
  /** All lanes but the control lane in one of these states. */
  list(states: readonly LaneState[]): Promise<readonly KnownLane[]>
  /** Compare-and-swap of a lane's state. Once it resolved with `sealing`, no later commit of the lane can succeed. */
  setState(lane: LaneName, from: LaneState, to: LaneState): Promise<boolean>
  /** Whether the process that owned the lane has gone. */
  isOwnerGone(lane: LaneName): Promise<boolean>
  /** Leaves of [from, to) in order; rejects where one is missing. */
  readLeaves(lane: LaneName, from: number, to: number): Promise<readonly Uint8Array[]>
}

/** The control lane, as its keeper writes it. Durable once resolved. */
export interface ControlLog {
  append(leaves: readonly Uint8Array[]): Promise<void>
  /** Every leaf so far that its writer has to know (record/control-memory.ts), in order; others may be among them. */
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** An officer's act that is durable, but not in the control lane yet. */
export interface WaitingEvent {
  readonly number: number
  /** As the office side wrote it: attacker-controlled. */
  readonly text: string
}
