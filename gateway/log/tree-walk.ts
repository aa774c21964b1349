import { Frontier } from './frontier.ts'
import { HASH_BYTES } from './hash.ts'
import type { FullTile } from './lane-store.ts'
import type { FullTileReader } from './rebuild-frontier.ts'
import { TILE_BYTES, TILE_WIDTH, widthOfTile } from './tiles.ts'

/** A stored hash that is not the computed one; or a whole tile that is not stored (`nth` null). */
export interface Difference {
  readonly level: number
  readonly tile: number
  readonly nth: number | null
  /** First leaf below the hash or tile. */
  readonly firstLeaf: number
  /** Whether the stored hash is what the leaves give; only possible where the tiles below give another. */
  readonly leavesAgree: boolean
  /** Whether it is what the stored tiles of level 0 give. */
  readonly tilesAgree: boolean
}

/** Roots at one size, by leaves and by the stored tiles of level 0. */
export interface Roots {
  readonly byLeaves: Uint8Array
  readonly byTiles: Uint8Array
}

/** Told apart, more would help nobody, and memory stays flat. */
export const MAX_DIFFERENCES = 1000

const hashAt = (tile: Uint8Array, nth: number): Uint8Array => tile.subarray(nth * HASH_BYTES, (nth + 1) * HASH_BYTES)
const differsAt = (a: Uint8Array, b: Uint8Array, nth: number): boolean =>
  Buffer.compare(hashAt(a, nth), hashAt(b, nth)) !== 0

/**
 * Grows two trees over one lane, tile by tile: one of the leaves as they are, one of the hashes in the stored tiles.
 * As long as both agree there is only one tree and its cost.
 */
export class TreeWalk {
  readonly differences: Difference[] = []
  /** Differences beyond MAX_DIFFERENCES. */
  uncounted = 0
  /** Roots by size, for the sizes asked for as far as the walk came. */
  readonly roots = new Map<number, Roots>()
  /** First leaf whose hash nothing gives; the trees end there. */
  brokenAt: number | null = null

  readonly #size: number
  readonly #sizes: readonly number[]
  readonly #readTile: FullTileReader | null
  #nextSize = 0
  #byLeaves: Frontier = Frontier.EMPTY
  #byTiles: Frontier = Frontier.EMPTY
  #hashes = Buffer.allocUnsafe(TILE_BYTES)
  #absent: number[] = []
  /** Leaves taken or passed over. */
  #taken = 0

  /** `sizes` rise and end with `size`, that of the whole tree. */
  constructor(size: number, sizes: readonly number[], readTile: FullTileReader | null) {
    this.#size = size
    this.#sizes = sizes
    this.#readTile = readTile
    this.#noteRoots()
  }

  get taken(): number {
    return this.#taken
  }

  /** The next leaf's hash, or null where it is missing. True: a tile is complete, `finishTile` comes next. */
  take(hash: Uint8Array | null): boolean {
    const nth = this.#taken++ % TILE_WIDTH
    if (hash) this.#hashes.set(hash, nth * HASH_BYTES)
    else this.#absent.push(nth)
    return nth === TILE_WIDTH - 1 || this.#taken === this.#size
  }

  /** Passes over leaves of which nothing is known; only after the trees have ended. */
  skipTo(index: number): void {
    this.#taken = index
    this.#absent = Array.from({ length: index % TILE_WIDTH }, (_, nth) => nth)
  }

  /** Compares the tile just completed with the stored one, and appends it to both trees. */
  async finishTile(): Promise<void> {
    const width = ((this.#taken - 1) % TILE_WIDTH) + 1
    const first = this.#taken - width
    const stored = await this.#readFull(0, first / TILE_WIDTH)
    const byLeaves = this.#hashes
    if (stored) {
      for (const nth of this.#absent) byLeaves.set(hashAt(stored, nth), nth * HASH_BYTES)
    } else if (this.#absent.length > 0) {
      this.brokenAt ??= first + (this.#absent[0] ?? 0)
    }
    if (stored && Buffer.compare(stored, byLeaves) !== 0) this.#compareLeaves(first, stored, byLeaves)

    this.#absent = []
    if (this.brokenAt !== null) return
    await this.#grow(width, byLeaves, stored ?? byLeaves)
  }

  #compareLeaves(first: number, stored: Uint8Array, byLeaves: Uint8Array): void {
    for (let nth = 0; nth < TILE_WIDTH; nth++) {
      if (differsAt(stored, byLeaves, nth))
        this.#note({
          level: 0,
          tile: first / TILE_WIDTH,
          nth,
          firstLeaf: first + nth,
          leavesAgree: false,
          tilesAgree: true,
        })
    }
  }

  async #grow(width: number, byLeaves: Uint8Array, byTiles: Uint8Array): Promise<void> {
    let done = 0
    while (done < width) {
      // Stops at each size whose root is asked for.
      const size = this.#byLeaves.size
      const step = Math.min(width - done, (this.#sizes[this.#nextSize] ?? this.#size) - size)
      const isOneTree = this.#byLeaves === this.#byTiles
      const leafHashes = hashesOf(byLeaves, done, step)
      const grown = this.#byLeaves.append(leafHashes)
      const twin =
        isOneTree &&
        Buffer.compare(byLeaves.subarray(0, width * HASH_BYTES), byTiles.subarray(0, width * HASH_BYTES)) === 0
          ? grown
          : this.#byTiles.append(hashesOf(byTiles, done, step))
      this.#byLeaves = grown.frontier
      this.#byTiles = twin.frontier
      for (const [n, tile] of grown.tiles.entries()) {
        if (tile.level > 0) await this.#compareNodes(tile, twin.tiles[n] ?? tile)
      }
      done += step
      this.#noteRoots()
    }
  }

  async #compareNodes(byLeaves: FullTile, byTiles: FullTile): Promise<void> {
    const { level, index } = byLeaves
    const stored = await this.#readFull(level, index)
    if (!stored) return
    const isLike = (tile: FullTile): boolean => Buffer.compare(stored, tile.hashes) === 0
    if (isLike(byLeaves) && isLike(byTiles)) return
    for (let nth = 0; nth < TILE_WIDTH; nth++) {
      const leavesAgree = !differsAt(stored, byLeaves.hashes, nth)
      const tilesAgree = !differsAt(stored, byTiles.hashes, nth)
      if (leavesAgree && tilesAgree) continue
      const firstLeaf = (index * TILE_WIDTH + nth) * TILE_WIDTH ** level
      this.#note({ level, tile: index, nth, firstLeaf, leavesAgree, tilesAgree })
    }
  }

  /** The stored tile; null, and noted, where it should be full and is not there. */
  async #readFull(level: number, index: number): Promise<Uint8Array | null> {
    if (!this.#readTile || widthOfTile(level, index, this.#size) < TILE_WIDTH) return null
    const stored = await this.#readTile(level, index)
    if (stored?.length === TILE_BYTES) return stored
    const firstLeaf = index * TILE_WIDTH ** (level + 1)
    this.#note({ level, tile: index, nth: null, firstLeaf, leavesAgree: false, tilesAgree: false })
    return null
  }

  #note(difference: Difference): void {
    if (this.differences.length < MAX_DIFFERENCES) this.differences.push(difference)
    else this.uncounted++
  }

  #noteRoots(): void {
    const { size } = this.#byLeaves
    if (this.#sizes[this.#nextSize] !== size) return
    this.roots.set(size, { byLeaves: this.#byLeaves.root, byTiles: this.#byTiles.root })
    while (this.#sizes[this.#nextSize] === size) this.#nextSize++
  }
}

function hashesOf(hashes: Uint8Array, from: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, nth) => hashAt(hashes, from + nth))
}
