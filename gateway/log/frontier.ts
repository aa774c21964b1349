import { EMPTY_ROOT, HASH_BYTES, hashNode, subtreeRoot } from './hash.ts'
import type { FullTile } from './lane-store.ts'
import { hashesAt, TILE_BYTES, TILE_WIDTH } from './tiles.ts'

/** log2 of the width of a tile. */
const TILE_HEIGHT = 8

/** A tree after a batch, and the tiles that the batch filled, in the order in which they became full. */
export interface Grown {
  readonly frontier: Frontier
  readonly tiles: readonly FullTile[]
}

/**
 * The right edge of a Merkle tree (RFC 6962 section 2.1): all that appending and the root need, about 8 KiB for each
 * factor of 256 in size. Nothing of it changes: `append` returns another one, so that a batch which did not happen
 * is simply forgotten.
 */
export class Frontier {
  static readonly EMPTY = new Frontier(0, [], [])

  /** Leaves. */
  readonly size: number
  /** `peaks[k]`: root of the perfect subtree of 2^k leaves, where bit k of `size` is set; anything elsewhere. */
  readonly #peaks: readonly Uint8Array[]
  /** Per tile level, the tile being filled; as many hashes of it count as `size` says. */
  readonly #open: readonly Uint8Array[]
  #root: Uint8Array | null = null

  private constructor(size: number, peaks: readonly Uint8Array[], open: readonly Uint8Array[]) {
    this.size = size
    this.#peaks = peaks
    this.#open = open
  }

  /**
   * The frontier of a tree of `size` leaves whose rightmost, partial tiles are `open`, one per level from 0 up
   * (`floor(size / 256^level) mod 256` hashes each). Throws a RangeError if their lengths do not fit the size.
   */
  static ofOpenTiles(size: number, open: readonly Uint8Array[]): Frontier {
    const peaks: Uint8Array[] = []
    const tiles = open.map((hashes, level) => {
      const width = hashesAt(level, size) % TILE_WIDTH
      if (hashes.length !== width * HASH_BYTES) throw new RangeError(`level ${level} needs ${width} hashes`)
      let from = 0
      for (let bit = TILE_HEIGHT - 1; bit >= 0; bit--) {
        if ((width & (1 << bit)) === 0) continue
        peaks[level * TILE_HEIGHT + bit] = subtreeRoot(hashes, from, 1 << bit)
        from += 1 << bit
      }
      const tile = Buffer.allocUnsafe(TILE_BYTES)
      tile.set(hashes)
      return tile
    })
    if (hashesAt(open.length, size) !== 0) throw new RangeError('a level of tiles is missing')
    return new Frontier(size, peaks, tiles)
  }

  /** Root hash of RFC 6962 section 2.1, 32 bytes. Computed once. */
  get root(): Uint8Array {
    this.#root ??= this.#computeRoot()
    return this.#root
  }

  #computeRoot(): Uint8Array {
    let root: Uint8Array | null = null
    for (let rest = this.size, level = 0; rest > 0; rest = Math.floor(rest / 2), level++) {
      const peak = this.#peaks[level]
      if (rest % 2 === 1 && peak) root = root ? hashNode(peak, root) : peak
    }
    return root ?? EMPTY_ROOT
  }

  /** Appends leaf hashes of 32 bytes each; the work is one or two hashes per leaf. */
  append(leafHashes: readonly Uint8Array[]): Grown {
    const peaks = this.#peaks.slice()
    const open = this.#open.slice()
    const copied: boolean[] = []
    const tiles: FullTile[] = []
    let size = this.size

    const place = (level: number, hash: Uint8Array): void => {
      const nth = hashesAt(level, size)
      const position = nth % TILE_WIDTH
      let tile = open[level]
      if (!tile || !copied[level]) {
        const own = Buffer.allocUnsafe(TILE_BYTES)
        if (tile && position > 0) own.set(tile.subarray(0, position * HASH_BYTES))
        open[level] = tile = own
        copied[level] = true
      }
      tile.set(hash, position * HASH_BYTES)
      if (position < TILE_WIDTH - 1) return
      tiles.push({ level, index: (nth - position) / TILE_WIDTH, hashes: tile })
      // The full tile belongs to the caller now: the next hash of this level starts another.
      copied[level] = false
    }

    for (const leafHash of leafHashes) {
      let hash = leafHash
      let level = 0
      place(0, hash)
      // Like carrying in a binary counter: each set bit at the low end is a peak that finds its right half.
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        hash = hashNode(peaks[level] as Uint8Array, hash)
        level++
        if (level % TILE_HEIGHT === 0) place(level / TILE_HEIGHT, hash)
      }
      peaks[level] = hash
      size++
    }
    // The one hash that may still be the caller's own bytes.
    if (size % 2 === 1 && peaks[0]) peaks[0] = Uint8Array.from(peaks[0])
    return { frontier: new Frontier(size, peaks, open), tiles }
  }
}
