import { HASH_BYTES, hashLeaf, subtreeRoot } from './hash.ts'
import { MissingLeaf } from './missing-leaf.ts'
import { TILE_BYTES, TILE_WIDTH } from './tiles.ts'

/** What a tile is made of; `edge` provides it. */
export interface TileParts {
  /** The stored full tiles [from, until) of a level, in order. Rejects where one is not stored. At most a few of them at a time. */
  fullTiles(level: number, from: number, until: number): Promise<readonly Uint8Array[]>
  /** Leaf bytes of [from, until), in order. Rejects where one is not stored. */
  leaves(from: number, until: number): Promise<readonly Uint8Array[]>
  /** Lets others have their turn: hashing is synchronous, and exchanges share the thread. */
  breathe(): Promise<void>
}

/** 8 KiB each: tiles in memory at a time. */
const TILES_AT_ONCE = 16

/**
 * The first `width` hashes of a tile (C2SP tlog-tiles, "Merkle Tree"), 32 bytes each. The tree must reach that far: whoever asks has
 * looked at a checkpoint. Never more than one tile's 255 hashings without a breath.
 */
export async function computeTile(
  level: number,
  index: number,
  width: number,
  parts: TileParts,
  rootOf: RootMemory = new RootMemory(0),
): Promise<Uint8Array> {
  if (width === TILE_WIDTH) return only(await parts.fullTiles(level, index, index + 1))
  const first = index * TILE_WIDTH
  if (level === 0) return Buffer.concat((await parts.leaves(first, first + width)).map(hashLeaf))
  const hashes = Buffer.allocUnsafe(width * HASH_BYTES)
  for (let at = 0; at < width; ) {
    const known = rootOf.get(level - 1, first + at)
    if (known) {
      hashes.set(known, at++ * HASH_BYTES)
      continue
    }
    const below = await parts.fullTiles(level - 1, first + at, first + Math.min(width, at + TILES_AT_ONCE))
    for (const tile of below) {
      const root = subtreeRoot(tile, 0, TILE_WIDTH)
      rootOf.set(level - 1, first + at, root)
      hashes.set(root, at++ * HASH_BYTES)
      await parts.breathe()
    }
  }
  return hashes
}

function only([tile]: readonly Uint8Array[]): Uint8Array {
  if (tile?.length !== TILE_BYTES) throw new MissingLeaf(0)
  return tile
}

/** Roots of full tiles, which never change: the newest partial tile of a level is asked for again and again. */
export class RootMemory {
  readonly #roots = new Map<string, Uint8Array>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(level: number, index: number): Uint8Array | undefined {
    return this.#roots.get(`${level}/${index}`)
  }

  set(level: number, index: number, root: Uint8Array): void {
    if (this.#most === 0) return
    const oldest = this.#roots.size >= this.#most ? this.#roots.keys().next().value : undefined
    if (oldest !== undefined) this.#roots.delete(oldest)
    this.#roots.set(`${level}/${index}`, root)
  }
}
