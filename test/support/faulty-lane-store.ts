import type { LaneName } from '../../gateway/domain/gateway-id.ts'
import type { Batch, CommitResult, HeadKeeper, LaneState, LaneStore, StoredHead } from '../../gateway/log/lane-store.ts'
import { MissingLeaf } from '../../gateway/log/missing-leaf.ts'
import type { LeafRow } from '../../gateway/log/verify-lane.ts'

/**
 * How a commit goes wrong. `hangs`: no answer and nothing written until `letGo`; `hangs-but-persisted`: written, the
 * answer lost until `letGo`, which then rejects.
 */
export type CommitFault = 'failed' | 'failed-but-persisted' | 'hangs' | 'hangs-but-persisted'

/** One lane in memory that keeps its bytes by the rules of LaneStore, and fails when told to. */
export class FaultyLaneStore implements LaneStore {
  head: StoredHead
  readonly leaves: Uint8Array[] = []
  readonly days: string[] = []
  readonly tiles = new Map<string, Uint8Array>()
  /** Every commit that was stored, in order. */
  readonly commits: Batch[] = []
  /** Taken from the front, one a call; null is no fault. */
  commitFaults: (CommitFault | null)[] = []
  failReads = 0
  newestRevision = 1
  #held: (() => void)[] = []
  #underWay = 0

  constructor(checkpoint: string, root: Uint8Array, epoch = 1) {
    this.head = { size: 0, root, checkpoint, epoch, state: 'open' }
  }

  async commit(batch: Batch): Promise<CommitResult> {
    if (this.#underWay > 0) throw new Error('one lane never commits twice at a time')
    this.#underWay++
    try {
      // As over a network: the answer never comes within the caller's turn.
      await new Promise(resolve => setImmediate(resolve))
      const fault = this.commitFaults.shift() ?? null
      if (fault === 'failed') throw new Error('connection lost before COMMIT')
      if (fault === 'hangs') await this.#hold()
      const committed = this.#persist(batch)
      if (fault === 'hangs-but-persisted') await this.#hold()
      if (fault === 'failed-but-persisted' || fault === 'hangs-but-persisted')
        throw new Error('connection lost after COMMIT')
      return { committed, newestRevision: this.newestRevision }
    } finally {
      this.#underWay--
    }
  }

  async readHead(): Promise<StoredHead | null> {
    if (this.failReads > 0) {
      this.failReads--
      throw new Error('database out of reach')
    }
    return this.head
  }

  async readLeaves(_lane: LaneName, from: number, to: number): Promise<readonly Uint8Array[]> {
    if (this.failReads > 0) {
      this.failReads--
      throw new Error('database out of reach')
    }
    const leaves: Uint8Array[] = []
    for (let index = from; index < to; index++) {
      const leaf = this.leaves[index]
      if (!leaf) throw new MissingLeaf(index)
      leaves.push(leaf)
    }
    return leaves
  }

  /** Ends all calls that hang. */
  letGo(): void {
    for (const go of this.#held.splice(0)) go()
  }

  setState(state: LaneState): void {
    this.head = { ...this.head, state }
  }

  readonly readTile = async (level: number, index: number): Promise<Uint8Array | null> =>
    this.tiles.get(`${level}/${index}`) ?? null

  /** The leaves as verify-lane reads them. */
  async *rows(batch = 100): AsyncGenerator<readonly LeafRow[]> {
    const rows = Object.entries(this.leaves).map(([index, leaf]) => ({ index: Number(index), leaf }))
    for (let at = 0; at < rows.length; at += batch) yield rows.slice(at, at + batch)
  }

  #hold(): Promise<void> {
    return new Promise(resolve => this.#held.push(resolve))
  }

  #persist(batch: Batch): boolean {
    const { size, epoch, state } = this.head
    if (batch.from.size !== size || batch.from.epoch !== epoch || state === 'sealing' || state === 'sealed')
      return false
    for (const leaf of batch.leaves) {
      this.leaves.push(Uint8Array.from(leaf))
      this.days.push(batch.day)
    }
    for (const { level, index, hashes } of batch.tiles) {
      if (this.tiles.has(`${level}/${index}`)) throw new Error('a tile is written once')
      this.tiles.set(`${level}/${index}`, Uint8Array.from(hashes))
    }
    this.head = { ...this.head, ...batch.to }
    this.commits.push(batch)
    return true
  }
}

/** Keeps every checkpoint it was given. */
export class KeptHeads implements HeadKeeper {
  readonly all: string[] = []
  isFull = false

  keep(_lane: LaneName, checkpoint: string): void {
    if (this.isFull) throw new Error('no space left on device')
    this.all.push(checkpoint)
  }

  read(): string | null {
    return this.all.at(-1) ?? null
  }
}
