import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createHash } from 'node:crypto'
import { type LaneName, parseLaneName } from '../../domain/gateway-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { originOf } from '../../log/checkpoint.ts'
import { computeTile } from '../../log/compute-tile.ts'
import { MAX_LEAF_BYTES } from '../../log/entry-bundle.ts'
import { MissingLeaf } from '../../log/missing-leaf.ts'
import { formatVerifierKey } from '../../log/note-key.ts'
import { formatTilePath, TILE_BYTES, TILE_WIDTH, type TileName } from '../../log/tiles.ts'
import type { CopyStore } from '../../review/mirror/copy-store.ts'
import type { ListedKeys, NoTile } from '../../review/mirror/log-view.ts'
import { formatKeys, readKeys } from '../../review/mirror/read-listing.ts'

const MOST_NOTE = 128 * 1024
const MOST_BUNDLE = TILE_WIDTH * (MAX_LEAF_BYTES + 2)
/** Keys of some hundred thousand lanes. */
const MOST_KEYS = 256 * 1024 * 1024
/** The file that makes a directory a copy. */
const PINNED = 'key'

/**
 * A copy of a log in a directory: `{lane}/checkpoint` and `{lane}/tile/…` as C2SP tlog-tiles has them, so that any web server can show
 * it; `keys.json`; `key`, the key of the control lane that it was made under; `{lane}/conflicts/`, heads that contradicted it.
 * Each write is whole or not there; checkpoints reach the disk before the call returns.
 */
export class CopyDirectory implements CopyStore {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  static isCopy(path: string): boolean {
    return existsSync(join(path, PINNED))
  }

  /** The key that the copy was begun under, or null. */
  readKey(): string | null {
    return read(join(this.#root, PINNED), MOST_NOTE)?.toString('utf8').trim() ?? null
  }

  writeKey(verifierKey: string): void {
    write(join(this.#root, PINNED), Buffer.from(`${verifierKey}\n`), true)
  }

  async lanes(): Promise<readonly LaneName[]> {
    if (!existsSync(this.#root)) return []
    return readdirSync(this.#root).flatMap(name => {
      const lane = parseLaneName(name)
      return lane.ok && existsSync(join(this.#root, name, 'checkpoint')) ? [lane.value] : []
    })
  }

  async checkpoint(lane: LaneName): Promise<string | null> {
    return read(join(this.#root, lane, 'checkpoint'), MOST_NOTE)?.toString('utf8') ?? null
  }

  async keys(): Promise<ListedKeys> {
    const bytes = read(join(this.#root, 'keys.json'), MOST_KEYS)
    if (!bytes) return { control: [], lanes: [] }
    const keys = readKeys(parseJson(bytes))
    return keys.ok ? keys.value : { control: [], lanes: [] }
  }

  writeKeys(keys: ListedKeys): void {
    const text = JSON.stringify(formatKeys(keys, ({ lane, publicKey }) => formatVerifierKey(originOf(lane), publicKey)))
    write(join(this.#root, 'keys.json'), Buffer.from(`${text}\n`), true)
  }

  writeCheckpoint(lane: LaneName, note: string): void {
    write(join(this.#root, lane, 'checkpoint'), Buffer.from(note), true)
  }

  keepConflict(lane: LaneName, note: string): string {
    const digest = createHash('sha256').update(note).digest('hex').slice(0, 16)
    const path = join(this.#root, lane, 'conflicts', digest)
    write(path, Buffer.from(note), true)
    return path
  }

  /** Partial tiles above the leaves are not stored but computed, as a gateway does. */
  async tile(lane: LaneName, tile: TileName): Promise<Result<Uint8Array, NoTile>> {
    const stored = read(this.#pathOf(lane, tile), tile.kind === 'entries' ? MOST_BUNDLE : TILE_BYTES)
    if (stored) return ok(stored)
    if (tile.kind === 'entries' || tile.level === 0 || tile.width === TILE_WIDTH) return err('absent')
    try {
      return ok(await computeTile(tile.level, tile.index, tile.width, this.#partsOf(lane)))
    } catch (thrown) {
      if (thrown instanceof MissingLeaf) return err('absent')
      throw thrown
    }
  }

  #partsOf(lane: LaneName) {
    return {
      fullTiles: async (level: number, from: number, until: number) =>
        Array.from({ length: until - from }, (_, nth) => {
          const full = { kind: 'hashes', level, index: from + nth, width: TILE_WIDTH } as const
          const bytes = read(this.#pathOf(lane, full), TILE_BYTES)
          if (bytes?.length !== TILE_BYTES) throw new MissingLeaf((from + nth) * TILE_WIDTH ** (level + 1))
          return bytes
        }),
      leaves: async (from: number) => {
        throw new MissingLeaf(from)
      },
      breathe: async () => undefined,
    }
  }

  writeTile(lane: LaneName, tile: TileName, bytes: Uint8Array): void {
    write(this.#pathOf(lane, tile), bytes, false)
  }

  removeTile(lane: LaneName, tile: TileName): void {
    rmSync(this.#pathOf(lane, tile), { force: true })
  }

  hasTile(lane: LaneName, tile: TileName): boolean {
    return existsSync(this.#pathOf(lane, tile))
  }

  #pathOf(lane: LaneName, tile: TileName): string {
    return join(this.#root, lane, formatTilePath(tile))
  }
}

/** Null: not there, or larger than it may be. */
function read(path: string, most: number): Buffer | null {
  try {
    return statSync(path).size <= most ? readFileSync(path) : null
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return null
    throw thrown
  }
}

/** Beside it first, then renamed. Only what others are judged by has to outlive a power cut. */
function write(path: string, bytes: Uint8Array, durable: boolean): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.tmp`
  const handle = openSync(draft, 'w')
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written)
    if (durable) fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, path)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}
