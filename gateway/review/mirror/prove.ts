import type { LaneName } from '../../domain/gateway-id.ts'
import type { Checkpoint } from '../../log/checkpoint.ts'
import { hashLeaf } from '../../log/hash.ts'
import { type HashReader, tileHashReader } from '../../log/hash-reader.ts'
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from '../../log/proofs.ts'
import { HASH_BYTES } from '../../log/hash.ts'
import { widthOfTile } from '../../log/tiles.ts'
import type { LogView } from './log-view.ts'

/** A tile that somebody does not show although their checkpoint needs it. */
export class TileWithheld extends Error {
  override readonly name = 'TileWithheld'
}

/** Reads hashes of a lane, as it is in a tree of this size, out of the tiles that somebody shows. Rejects with TileWithheld. */
export function viewedHashes(view: LogView, lane: LaneName, size: number): HashReader {
  return tileHashReader(async (level, index) => {
    const width = widthOfTile(level, index, size)
    const tile = await view.tile(lane, { kind: 'hashes', level, index, width })
    if (!tile.ok || tile.value.length !== width * HASH_BYTES)
      throw new TileWithheld(`${lane}: tile ${index} of level ${level}, ${width} wide, is not shown`)
    return tile.value
  })
}

/** Whether these tiles lead from the leaf to the root that was signed. */
export async function includes(
  head: Checkpoint,
  index: number,
  leafHash: Uint8Array,
  read: HashReader,
): Promise<boolean> {
  if (!(index >= 0 && index < head.size)) return false
  return verifyInclusion(index, head.size, leafHash, await inclusionProof(index, head.size, read), head.root)
}

/** The same for whole leaves. */
export const includesLeaf = (head: Checkpoint, index: number, leaf: Uint8Array, read: HashReader): Promise<boolean> =>
  includes(head, index, hashLeaf(leaf), read)

/** Whether these tiles show that the later tree begins with the earlier one. */
export async function continues(
  earlier: Pick<Checkpoint, 'size' | 'root'>,
  later: Checkpoint,
  read: HashReader,
): Promise<boolean> {
  if (earlier.size > later.size) return false
  const proof = await consistencyProof(earlier.size, later.size, read)
  return verifyConsistency(earlier.size, later.size, earlier.root, later.root, proof)
}
