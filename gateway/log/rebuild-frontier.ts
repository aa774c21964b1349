import { err, ok, type Result } from '../domain/result.ts'
import { Frontier } from './frontier.ts'
import { HASH_BYTES, subtreeRoot } from './hash.ts'
import { hashesAt, TILE_BYTES, TILE_WIDTH } from './tiles.ts'

/** Bytes of a stored full tile, or null where none is stored. */
export type FullTileReader = (level: number, index: number) => Promise<Uint8Array | null>

/**
 * The frontier of a tree from its stored full tiles and the leaf hashes after the last full tile: at most 255 tiles a
 * level, however large the tree. It believes the tiles: compare the root with a signed one before trusting it.
 * An error names the tile that is missing or of the wrong length.
 */
export async function rebuildFrontier(
  size: number,
  readTile: FullTileReader,
  lastLeafHashes: readonly Uint8Array[],
): Promise<Result<Frontier>> {
  if (lastLeafHashes.length !== size % TILE_WIDTH || lastLeafHashes.some(hash => hash.length !== HASH_BYTES))
    return err(`${size % TILE_WIDTH} leaf hashes are needed after the last full tile`)

  const open: Uint8Array[] = [Buffer.concat(lastLeafHashes)]
  for (let level = 1; hashesAt(level, size) > 0; level++) {
    const until = hashesAt(level, size)
    const width = until % TILE_WIDTH
    const hashes = Buffer.allocUnsafe(width * HASH_BYTES)
    for (let nth = 0; nth < width; nth++) {
      // C2SP tlog-tiles: each hash at level 1 and above is the tree hash of a full tile at the level below.
      const below = await readTile(level - 1, until - width + nth)
      if (below?.length !== TILE_BYTES)
        return err(`full tile ${until - width + nth} of level ${level - 1} is not there`)
      hashes.set(subtreeRoot(below, 0, TILE_WIDTH), nth * HASH_BYTES)
    }
    open.push(hashes)
  }
  return ok(Frontier.ofOpenTiles(size, size === 0 ? [] : open))
}
