import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type KeyOfSize, parseCheckpoint } from '../../log/checkpoint.ts'
import { computeTile } from '../../log/compute-tile.ts'
import type { NamedHead } from '../../log/claimed-heads.ts'
import { parseEntryBundle } from '../../log/entry-bundle.ts'
import { HASH_BYTES, hashLeaf, sameHash } from '../../log/hash.ts'
import { MissingLeaf } from '../../log/missing-leaf.ts'
import { formatTilePath, TILE_WIDTH, type TileName, widthOfTile } from '../../log/tiles.ts'
import { type LeafRow, verifyLane } from '../../log/verify-lane.ts'
import type { LogFinding } from '../log-finding.ts'
import type { ControlLeaf } from '../log-source.ts'
import type { WitnessedHead } from '../witness-words.ts'
import { ControlClaims } from '../read-control-lane.ts'
import type { Anchor } from './anchor.ts'
import { endorsedKey, readTrust } from './control-trust.ts'
import { partialTiles } from './extend-copy.ts'
import type { ListedKey, LogView } from './log-view.ts'

export interface CopyVerification {
  readonly copy: LogView
  readonly anchor: Anchor
  /** Heads of the control lane that witnesses hold, from outside the copy: it has to have passed through those that it reaches. */
  readonly witnessed?: readonly WitnessedHead[]
  /** Called with the number of leaves read since the last call. */
  readonly progress: (leaves: number) => void
}

export interface VerifiedCopy {
  readonly lanes: number
  readonly records: number
  /** Of these the copy holds the records themselves, not only their hashes. */
  readonly bodies: number
}

/**
 * Recomputes a copy of a log from its own bytes, under a key of the control lane from outside it: yields what is wrong. A lane's heads
 * are compared with what the control lane says of them, as far as the copy holds records of the control lane.
 * An error: nothing can be said, since the control lane does not verify under the key.
 */
export async function* verifyCopy({
  copy,
  anchor,
  witnessed = [],
  progress,
}: CopyVerification): AsyncGenerator<LogFinding, Result<VerifiedCopy>> {
  const note = await copy.checkpoint(CONTROL_LANE)
  if (note === null) return err('the copy holds no control lane')
  const keys = await copy.keys()
  const trust = readTrust(note, keys.control, anchor)
  if (!trust.ok) return trust
  const { head, keyOf, leaves, handovers } = trust.value
  const claims = new ControlClaims()
  const total = { lanes: 0, records: 0, bodies: 0 }

  // A witness may have seen more since the copy was fetched; of less than that the copy has to know.
  const reached = witnessed.filter(({ size }) => size <= head.size)
  yield* verifyOne(CONTROL_LANE, keyOf, [...handovers, ...reached])
  for (const leaf of leaves) if (!(await holds(leaf))) yield notThere(leaf)

  for (const lane of await copy.lanes()) {
    if (lane === CONTROL_LANE) continue
    const listed = keys.lanes.find(candidate => candidate.lane === lane)
    const key = endorsedKey(lane, listed)
    const wrong = key.ok ? await unproven(listed) : key.error
    if (!key.ok || wrong !== null) yield { lane, kind: 'lane-not-endorsed', detail: wrong ?? 'its key is unknown' }
    else yield* verifyOne(lane, () => key.value, claims.headsOf(lane))
  }
  for (const lane of claims.keys.keys())
    if ((await copy.checkpoint(lane)) === null && claims.headsOf(lane).some(({ size }) => size > 0))
      yield { lane, kind: 'lane-missing', detail: 'the control lane knows it, the copy does not' }
  return ok(total)

  async function* verifyOne(
    lane: LaneName,
    laneKey: KeyOfSize,
    named: readonly NamedHead[],
  ): AsyncGenerator<LogFinding> {
    const checkpoint = (await copy.checkpoint(lane)) ?? ''
    const said = parseCheckpoint(checkpoint)
    if (!said.ok) return void (yield { lane, kind: 'unsigned-head', detail: said.error })
    const { size, root } = said.value
    total.lanes++
    total.records += size
    const beside: LogFinding[] = []
    yield* verifyLane({
      lane,
      publicKey: laneKey,
      head: { size, root, checkpoint },
      leaves: leavesOf(lane, size, beside),
      readTile: async (level, index) => {
        const tile = await copy.tile(lane, { kind: 'hashes', level, index, width: TILE_WIDTH })
        return tile.ok ? tile.value : null
      },
      named,
      // Of a record that is not there its hash is.
      bodiesFrom: Number.MAX_SAFE_INTEGER,
    })
    yield* beside
    for (const tile of partialTiles(size)) yield* comparePartial(lane, tile)
  }

  /** A partial tile above the leaves is not needed by what was verified: others are shown it. */
  async function* comparePartial(lane: LaneName, tile: TileName): AsyncGenerator<LogFinding> {
    if (tile.kind === 'entries' || tile.level === 0) return
    const { level, index, width } = tile
    const stored = await copy.tile(lane, tile)
    const below = { leaves: async () => [], breathe: async () => undefined, fullTiles: fullTilesOf(lane) }
    const computed = await computeTile(level, index, width, below).catch(() => null)
    // What it is computed from was found wrong above.
    if (computed && !(stored.ok && Buffer.compare(stored.value, computed) === 0))
      yield { lane, kind: 'tile-mismatch', detail: `${formatTilePath(tile)} is not that of the leaves` }
  }

  function fullTilesOf(lane: LaneName) {
    return async (level: number, from: number, until: number): Promise<readonly Uint8Array[]> => {
      const tiles: Uint8Array[] = []
      for (let index = from; index < until; index++) {
        const tile = await copy.tile(lane, { kind: 'hashes', level, index, width: TILE_WIDTH })
        if (!tile.ok) throw new MissingLeaf(index * TILE_WIDTH ** (level + 1))
        tiles.push(tile.value)
      }
      return tiles
    }
  }

  /** What is said beside the leaves is not needed by what is verified, but shown to others, or hides that records were there. */
  async function* leavesOf(lane: LaneName, size: number, beside: LogFinding[]): AsyncGenerator<readonly LeafRow[]> {
    for (let index = 0; index * TILE_WIDTH < size; index++) {
      const width = widthOfTile(0, index, size)
      const bundle = await copy.tile(lane, { kind: 'entries', index, width })
      const parsed = bundle.ok ? parseEntryBundle(bundle.value) : null
      const rows: LeafRow[] = parsed?.ok
        ? parsed.value.map((leaf, nth) => ({ index: index * TILE_WIDTH + nth, leaf }))
        : (await hashesOf(lane, index, width)).map((leafHash, nth) => ({ index: index * TILE_WIDTH + nth, leafHash }))
      if (bundle.ok && !parsed?.ok) beside.push(unreadable(lane, index, parsed?.error ?? ''))
      if (parsed?.ok && width < TILE_WIDTH && !(await holdsHashesOf(lane, index, parsed.value)))
        beside.push({ lane, kind: 'tile-mismatch', detail: `tile 0/${index} of ${width} is not that of the leaves` })
      if (parsed?.ok) total.bodies += rows.length
      if (parsed?.ok && lane === CONTROL_LANE)
        for (const row of rows) if ('leaf' in row) claims.take(row.index, row.leaf)
      yield rows
      progress(rows.length)
    }
  }

  /** A partial tile of leaf hashes beside its records: they take its place here, and it is shown to those who may not have them. */
  async function holdsHashesOf(lane: LaneName, index: number, leaves: readonly Uint8Array[]): Promise<boolean> {
    const tile = await copy.tile(lane, { kind: 'hashes', level: 0, index, width: leaves.length })
    return tile.ok && Buffer.compare(tile.value, Buffer.concat(leaves.map(hashLeaf))) === 0
  }

  async function hashesOf(lane: LaneName, index: number, width: number): Promise<Uint8Array[]> {
    const tile = await copy.tile(lane, { kind: 'hashes', level: 0, index, width })
    if (!tile.ok) return []
    return Array.from({ length: tile.value.length / HASH_BYTES }, (_, nth) =>
      tile.value.subarray(nth * HASH_BYTES, (nth + 1) * HASH_BYTES),
    )
  }

  /** Whether the control lane's own tiles, which were just verified, hold this leaf. */
  async function holds({ index, leaf }: ControlLeaf): Promise<boolean> {
    if (index >= head.size) return false
    const tile = Math.floor(index / TILE_WIDTH)
    const hashes = await hashesOf(CONTROL_LANE, tile, widthOfTile(0, tile, head.size))
    return sameHash(hashes[index % TILE_WIDTH] ?? new Uint8Array(0), hashLeaf(leaf))
  }

  async function unproven(listed: ListedKey | undefined): Promise<string | null> {
    return listed?.endorsement && (await holds(listed.endorsement))
      ? null
      : 'the control lane does not hold the endorsement of its key'
  }
}

const unreadable = (lane: LaneName, index: number, why: string): LogFinding => ({
  lane,
  kind: 'leaf-changed-or-missing',
  index: index * TILE_WIDTH,
  detail: `its bundle of entries cannot be read: ${why}`,
})

const notThere = ({ index }: ControlLeaf): LogFinding => ({
  lane: CONTROL_LANE,
  kind: 'key-history',
  index,
  detail: 'the control lane does not hold this record about its keys',
})
