import type { KeyObject } from 'node:crypto'
import type { LaneName } from '../domain/gateway-id.ts'
import type { KeyOfSize } from './checkpoint.ts'
import { type NamedHead, readClaimedHeads } from './claimed-heads.ts'
import type { Finding } from './finding.ts'
import { HASH_BYTES, hashLeaf } from './hash.ts'
import { judgeWalk } from './judge-walk.ts'
import type { StoredHead } from './lane-store.ts'
import type { FullTileReader } from './rebuild-frontier.ts'
import { TILE_WIDTH } from './tiles.ts'
import { TreeWalk } from './tree-walk.ts'

/** A stored leaf; or, where retention dropped its body, the hash that stays. */
export type LeafRow =
  | { readonly index: number; readonly leaf: Uint8Array }
  | { readonly index: number; readonly leafHash: Uint8Array }

export interface LaneVerification {
  readonly lane: LaneName
  /** Of the lane; or, where it was handed over to another key, which one signs how many leaves. */
  readonly publicKey: KeyObject | KeyOfSize
  /** Read in the same database snapshot as the leaves, or before them: a lane grows while it is read. */
  readonly head: Pick<StoredHead, 'size' | 'root' | 'checkpoint'> | null
  /** By rising index; in batches of any size. */
  readonly leaves: AsyncIterable<readonly LeafRow[]>
  /** Stored full tiles; null where none are at hand. Without them a changed leaf can only be placed between heads. */
  readonly readTile: FullTileReader | null
  /** Checkpoints kept under DATA_DIR/heads/. */
  readonly kept?: readonly string[]
  readonly named?: readonly NamedHead[]
  /** Leaves below this index may be rows without body: retention dropped them. Default 0, all bodies must be there. */
  readonly bodiesFrom?: number
  /** Called after each batch with the number of leaves read. */
  readonly progress?: (count: number) => void
}

/**
 * Verifies one stored lane in one pass with flat memory, and yields what is wrong with it; nothing means that the
 * leaves are those that the lane's key has signed. Returns the number of leaves read. Rejects where reading fails.
 */
export async function* verifyLane(verification: LaneVerification): AsyncGenerator<Finding, number> {
  const { lane, publicKey, head, leaves, readTile, kept = [], named = [], bodiesFrom = 0, progress } = verification
  const keyOf = typeof publicKey === 'function' ? publicKey : () => publicKey
  const { truth, claims, findings } = readClaimedHeads(lane, keyOf, head, kept, named)
  yield* findings

  const walk = new TreeWalk(truth.size, [...claims.map(claim => claim.size), truth.size], readTile)
  let count = 0
  let extra: Finding | null = null
  for await (const rows of leaves) {
    for (const row of rows) {
      count++
      const { index } = row
      if (index < walk.taken || index >= truth.size) {
        const what = index >= truth.size ? `is beyond the head at ${truth.size}` : 'is there twice or out of order'
        extra ??= { lane, kind: 'extra-leaves', index, detail: `leaf ${index} ${what}` }
        continue
      }
      if (index > walk.taken) {
        yield {
          lane,
          kind: 'missing-leaf',
          index: walk.taken,
          detail: `leaves ${walk.taken} to ${index - 1} are not stored`,
        }
        await passOver(walk, index)
      }
      const hash = hashOf(row, bodiesFrom)
      if (!hash)
        yield {
          lane,
          kind: 'missing-leaf',
          index,
          detail: `leaf ${index} has no body, and retention has not dropped it`,
        }
      if (walk.take(hash)) await walk.finishTile()
    }
    progress?.(count)
  }
  if (walk.taken < truth.size) {
    const detail = `the head says ${truth.size} leaves, those from ${walk.taken} on are not stored`
    yield { lane, kind: 'size-mismatch', index: walk.taken, detail }
    await passOver(walk, truth.size)
  }
  if (extra) yield extra
  yield* judgeWalk(lane, walk, truth, claims)
  return count
}

function hashOf(row: LeafRow, bodiesFrom: number): Uint8Array | null {
  if ('leaf' in row) return hashLeaf(row.leaf)
  return row.index < bodiesFrom && row.leafHash.length === HASH_BYTES ? row.leafHash : null
}

/** Takes missing leaves' hashes from the stored tiles, up to `index` (at most the size of the tree). */
async function passOver(walk: TreeWalk, index: number): Promise<void> {
  while (walk.taken < index) {
    // Once nothing gives a hash any more the trees have ended, and a gap of any claimed length costs nothing.
    if (walk.brokenAt !== null && index - walk.taken > TILE_WIDTH) walk.skipTo(index)
    else if (walk.take(null)) await walk.finishTile()
  }
}
