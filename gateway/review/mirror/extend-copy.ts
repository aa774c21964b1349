import type { LaneName } from '../../domain/gateway-id.ts'
import { type Checkpoint, type KeyOfSize, verifySizedCheckpoint } from '../../log/checkpoint.ts'
import type { FindingKind } from '../../log/finding.ts'

import { HASH_BYTES, sameHash } from '../../log/hash.ts'
import { Frontier } from '../../log/frontier.ts'
import { rebuildFrontier } from '../../log/rebuild-frontier.ts'
import { formatTilePath, hashesAt, TILE_WIDTH, type TileName, widthOfTile } from '../../log/tiles.ts'
import type { CopyStore } from './copy-store.ts'
import type { LogView } from './log-view.ts'

/** What became of the copy of one lane. */
export type Extended =
  /** `accept` makes it the head of the copy. */
  | { readonly head: Checkpoint; readonly grewBy: number; accept(): Promise<void> }
  | { readonly kind: FindingKind; readonly detail: string }

export interface Extension {
  readonly lane: LaneName
  readonly keyOf: KeyOfSize
  readonly copy: CopyStore
  readonly from: LogView
  /** The head to reach; its signature is not checked yet. */
  readonly note: string
  /** Called with the number of leaves taken since the last call. */
  readonly progress: (leaves: number) => void
}

/** Tiles asked for at a time. */
const AHEAD = 8

/**
 * Brings the copy of a lane up to a head: takes the leaf hashes that it lacks, computes all other tiles from them, and lets the head be
 * accepted only if the tree of what the copy held before and of what came is the one that was signed. So a head that is accepted
 * continues the copy. What was interrupted goes on with the tiles that are there.
 */
export async function extendCopy(extension: Extension): Promise<Extended> {
  const { lane, keyOf, copy, note } = extension
  const head = verifySizedCheckpoint(note, lane, keyOf)
  if (!head.ok) return { kind: 'unsigned-head', detail: head.error }
  const kept = await copy.checkpoint(lane)
  const before = kept === null ? null : verifySizedCheckpoint(kept, lane, keyOf)
  if (before && !before.ok) return { kind: 'unsigned-head', detail: `the copy: ${before.error}` }
  const had = before?.value ?? null
  if (had && head.value.size < had.size)
    return conflict(extension, 'head-behind-kept', `${head.value.size} records are shown, the copy has ${had.size}`)
  if (had && head.value.size === had.size) {
    if (sameHash(had.root, head.value.root)) return { head: head.value, grewBy: 0, accept: async () => undefined }
    return conflict(extension, 'fork-of-kept', `another root for the same ${had.size} records`)
  }
  const start = await treeOf(copy, lane, had)
  if (!start) return { kind: 'tile-mismatch', detail: 'the tiles of the copy are not those of its own head' }

  for (const reuse of [true, false]) {
    const grown = await grow(extension, start, head.value, reuse)
    if (grown.tree && sameHash(grown.tree.root, head.value.root)) {
      return {
        head: head.value,
        grewBy: head.value.size - start.size,
        accept: () => accept(extension, had, head.value),
      }
    }
    for (const tile of grown.written) copy.removeTile(lane, tile)
    // Tiles left behind by a run that was interrupted are not to blame the gateway for.
    if (!grown.reused) break
  }
  return judge(extension, had, head.value)
}

/** A crash on the way leaves partial tiles that nobody asks for, or lacks some above the leaves, which are computed then. */
async function accept({ copy, lane, note }: Extension, had: Checkpoint | null, { size }: Checkpoint): Promise<void> {
  copy.writeCheckpoint(lane, note)
  for (const tile of partialTiles(size).slice(1)) {
    const computed = await copy.tile(lane, tile)
    if (computed.ok) copy.writeTile(lane, tile, computed.value)
  }
  const kept = new Set(partialTiles(size).map(formatTilePath))
  for (const tile of partialTiles(had?.size ?? 0)) if (!kept.has(formatTilePath(tile))) copy.removeTile(lane, tile)
}

/** The tree that the copy holds; null where its tiles are not those of its head. */
async function treeOf(copy: CopyStore, lane: LaneName, had: Checkpoint | null): Promise<Frontier | null> {
  if (!had) return Frontier.EMPTY
  const width = had.size % TILE_WIDTH
  const last = width > 0 ? await copy.tile(lane, leafTile(Math.floor(had.size / TILE_WIDTH), had.size)) : null
  if (last && !last.ok) return null
  const rebuilt = await rebuildFrontier(
    had.size,
    async (level, index) => {
      const tile = await copy.tile(lane, { kind: 'hashes', level, index, width: TILE_WIDTH })
      return tile.ok ? tile.value : null
    },
    last ? hashesIn(last.value) : [],
  )
  return rebuilt.ok && sameHash(rebuilt.value.root, had.root) ? rebuilt.value : null
}

interface Grown {
  /** Null: a tile is not shown, or is not a continuation. */
  readonly tree: Frontier | null
  readonly written: readonly TileName[]
  readonly reused: boolean
}

async function grow(
  { lane, copy, from, progress }: Extension,
  start: Frontier,
  head: Checkpoint,
  reuse: boolean,
): Promise<Grown> {
  const written: TileName[] = []
  let reused = false
  let tree = start
  const first = Math.floor(start.size / TILE_WIDTH)
  const end = Math.ceil(head.size / TILE_WIDTH)
  const take = async (index: number): Promise<Uint8Array | null> => {
    const tile = leafTile(index, head.size)
    const isThere = reuse && copy.hasTile(lane, tile)
    reused ||= isThere
    const shown = await (isThere ? copy : from).tile(lane, tile)
    if (!shown.ok || shown.value.length !== tile.width * HASH_BYTES) return null
    // At once: whoever interrupts loses nothing. It counts only below a checkpoint.
    if (!isThere) copy.writeTile(lane, tile, shown.value)
    if (!isThere) written.push(tile)
    return shown.value
  }
  const coming: Promise<Uint8Array | null>[] = []
  for (let index = first; index < end; index++) {
    for (let next = index + coming.length; coming.length < AHEAD && next < end; next++) {
      const promised = take(next)
      // Whoever waits for it hears of it.
      promised.catch(() => undefined)
      coming.push(promised)
    }
    const bytes = await coming.shift()
    if (!bytes) {
      await Promise.allSettled(coming)
      return { tree: null, written, reused }
    }
    const known = tree.size - index * TILE_WIDTH
    const grown = tree.append(hashesIn(bytes).slice(known))
    progress(grown.frontier.size - tree.size)
    tree = grown.frontier
    for (const { level, index: place, hashes } of grown.tiles) {
      if (level === 0) continue
      const tile: TileName = { kind: 'hashes', level, index: place, width: TILE_WIDTH }
      copy.writeTile(lane, tile, hashes)
      written.push(tile)
    }
  }
  return { tree, written, reused }
}

/**
 * Whether the gateway signed another history than the one that the copy has, or shows tiles that it never signed. All its leaf hashes
 * tell: where they lead to the root that it signed, that is its history, and the copy is not the beginning of it.
 */
async function judge(
  { lane, from, ...extension }: Extension,
  had: Checkpoint | null,
  head: Checkpoint,
): Promise<Extended> {
  let tree = Frontier.EMPTY
  for (let index = 0; tree.size < head.size; index++) {
    const tile = leafTile(index, head.size)
    const shown = await from.tile(lane, tile)
    if (!shown.ok || shown.value.length !== tile.width * HASH_BYTES)
      return { kind: 'tile-mismatch', detail: `${formatTilePath(tile)} is not shown` }
    tree = tree.append(hashesIn(shown.value)).frontier
  }
  if (had && sameHash(tree.root, head.root))
    return conflict(
      { lane, from, ...extension },
      'fork-of-kept',
      `the ${head.size} records shown do not begin with the ${had.size} copied`,
    )
  return { kind: 'tile-mismatch', detail: `the tiles shown do not lead to the root signed for ${head.size} records` }
}

function conflict({ copy, lane, note }: Extension, kind: FindingKind, detail: string): Extended {
  return { kind, detail: `${detail} (the head that was shown: ${copy.keepConflict(lane, note)})` }
}

const leafTile = (index: number, size: number): TileName & { readonly width: number } => ({
  kind: 'hashes',
  level: 0,
  index,
  width: widthOfTile(0, index, size),
})

/** The partial tiles of a tree, from the leaves up; of the leaves always one, perhaps full. */
export function partialTiles(size: number): readonly TileName[] {
  const tiles: TileName[] = size > 0 ? [leafTile(Math.floor((size - 1) / TILE_WIDTH), size)] : []
  for (let level = 1; hashesAt(level, size) > 0; level++) {
    const index = Math.floor(hashesAt(level, size) / TILE_WIDTH)
    const width = widthOfTile(level, index, size)
    if (width > 0) tiles.push({ kind: 'hashes', level, index, width })
  }
  return tiles
}

const hashesIn = (tile: Uint8Array): Uint8Array[] =>
  Array.from({ length: tile.length / HASH_BYTES }, (_, nth) => tile.subarray(nth * HASH_BYTES, (nth + 1) * HASH_BYTES))
