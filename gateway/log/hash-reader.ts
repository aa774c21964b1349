import { HASH_BYTES, subtreeRoot } from './hash.ts'
import { TILE_WIDTH } from './tiles.ts'

/**
 * Hash of one perfect subtree: `level` counts doublings (0: leaf hashes), `index` is its place in that level.
 * Rejects where the tree does not hold it.
 */
export type HashReader = (level: number, index: number) => Uint8Array | Promise<Uint8Array>

const TILE_HEIGHT = 8

/**
 * Reads single hashes out of tiles. `readTile` gives a tile of C2SP tlog-tiles as far as it is filled (full ones as
 * stored, partial ones computed); each is read once for the life of the reader, so make one per tree size and proof.
 */
export function tileHashReader(readTile: (level: number, index: number) => Promise<Uint8Array>): HashReader {
  const tiles = new Map<string, Promise<Uint8Array>>()
  return async (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT)
    const count = 2 ** (level % TILE_HEIGHT)
    const first = index * count
    const tileIndex = Math.floor(first / TILE_WIDTH)
    const key = `${tileLevel}/${tileIndex}`
    let reading = tiles.get(key)
    if (!reading) tiles.set(key, (reading = readTile(tileLevel, tileIndex)))
    const tile = await reading
    const from = first % TILE_WIDTH
    if (tile.length < (from + count) * HASH_BYTES) throw new RangeError(`tile ${key} does not reach that far`)
    return subtreeRoot(tile, from, count)
  }
}
