import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import type { KeptControlFile } from '../../edge/kept-control.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readLeavesStream, readTile } from '../../edge/postgres/lane-reads.ts'
import { parseCheckpoint } from '../../log/checkpoint.ts'
import type { Lane } from '../../log/lane.ts'
import type { HeadKeeper } from '../../log/lane-store.ts'
import type { LaneOptions } from '../../log/lane-options.ts'
import { ControlKeyHistory, type KeyEpoch } from '../../record/control-keys.ts'
import { ControlMemory, type PlacedLeaf } from '../../record/control-memory.ts'

/** Records between two writes of what was read: at one in five seconds more than an hour, and a start reads them in milliseconds. */
const KEEP_EVERY = 1_000

/** What the writer of the control lane knows of it: from this machine's own memory as far as that goes, behind it from the lane. */
export class ControlReading {
  /** For `recoverLane`; undefined: nothing is proven, every leaf is to be read. */
  readonly proven: LaneOptions['proven']
  readonly #file: KeptControlFile
  readonly #memory: ControlMemory
  #written: number
  /** False once a leaf is in the lane that was not noted: its append was given up, and it was committed all the same. */
  #whole = true

  private constructor(file: KeptControlFile, memory: ControlMemory, proven: LaneOptions['proven']) {
    this.#file = file
    this.#memory = memory
    this.#written = proven?.size ?? 0
    this.proven = proven
  }

  /** Reads the lane up to `size`. What it reads is not proven yet: whoever opens the lane checks every leaf behind `proven`. */
  static async read(
    database: Database,
    file: KeptControlFile,
    heads: HeadKeeper,
    size: number,
  ): Promise<ControlReading> {
    const head = parseCheckpoint(heads.read(CONTROL_LANE) ?? '')
    const kept = file.read()
    // The kept head is what says that this is still the lane that was read then.
    const known = kept && head.ok && kept.memory.size <= Math.min(head.value.size, size) ? kept : null
    const proven = known && {
      size: known.memory.size,
      root: known.root,
      readTile: (level: number, index: number) => readTile(database, CONTROL_LANE, level, index),
    }
    const memory = known?.memory ?? new ControlMemory()
    for await (const { index, leaf } of readLeavesStream(database, CONTROL_LANE, memory.size, size))
      memory.take(index, leaf)
    return new ControlReading(file, memory, proven ?? undefined)
  }

  get leaves(): readonly PlacedLeaf[] {
    return this.#memory.entries
  }

  /** What the lane says of its own keys. */
  epochs(): readonly KeyEpoch[] {
    const history = new ControlKeyHistory()
    for (const { index, leaf } of this.#memory.entries) history.take(index, leaf)
    return history.read().epochs
  }

  /** A leaf that this process has appended; in order. */
  note(index: number, leaf: Uint8Array): void {
    this.#whole &&= index === this.#memory.size
    if (this.#whole) this.#memory.take(index, leaf)
  }

  /** Keeps what is known, of a lane that was recovered. Not while something is being appended; then the next time. */
  keep(lane: Lane, least = KEEP_EVERY): void {
    if (!this.#whole || lane.size !== this.#memory.size || lane.size - this.#written < least) return
    try {
      this.#file.write({ memory: this.#memory, root: lane.root })
    } catch {
      // A full disk: the next start reads more, and nothing else is at stake.
    }
    this.#written = lane.size
  }
}
