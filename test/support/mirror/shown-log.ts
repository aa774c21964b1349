import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CONTROL_LANE, type LaneName } from '../../../gateway/domain/gateway-id.ts'
import { err, ok, type Result } from '../../../gateway/domain/result.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { computeTile } from '../../../gateway/log/compute-tile.ts'
import { formatEntryBundle } from '../../../gateway/log/entry-bundle.ts'
import { Frontier } from '../../../gateway/log/frontier.ts'
import { hashLeaf, subtreeRoot } from '../../../gateway/log/hash.ts'
import { rawPublicKey } from '../../../gateway/log/note-key.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { formatTilePath, TILE_WIDTH, type TileName, widthOfTile } from '../../../gateway/log/tiles.ts'
import type { ControlLeaf } from '../../../gateway/review/log-source.ts'
import type { ListedKey, ListedKeys, LogView, NoTile } from '../../../gateway/review/mirror/log-view.ts'

interface ShownLane {
  key: KeyObject
  leaves: Uint8Array[]
  endorsement: ControlLeaf | null
}

let counter = 0
const record = (kind: string, fields: object): Uint8Array =>
  Buffer.from(
    JSON.stringify({ v: 1, kind, salt: String(counter++), at: '2026-11-22T08:00:00.000000Z', lane: 'x', ...fields }),
  )
const hexOf = (key: KeyObject): string => Buffer.from(rawPublicKey(key)).toString('hex')
export const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey

/** A log in memory, with real keys and trees, that shows itself as a gateway does; tests bend it. */
export class ShownLog implements LogView {
  readonly shown = new Map<LaneName, ShownLane>()
  readonly control: ControlLeaf[] = []
  /** Tiles that were asked for. */
  readonly asked: string[] = []
  /** What stands between the log and its reader. */
  bend: (path: string, bytes: Uint8Array) => Uint8Array | NoTile = (_path, bytes) => bytes
  entries = true

  constructor(key = newKey()) {
    this.shown.set(CONTROL_LANE, { key, leaves: [], endorsement: null })
    this.tellKey('registered', key)
  }

  /** A copy that goes its own way from here. */
  fork(): ShownLog {
    const twin = new ShownLog(this.laneOf(CONTROL_LANE).key)
    twin.control.splice(0, twin.control.length, ...this.control)
    for (const [name, lane] of this.shown) twin.shown.set(name, { ...lane, leaves: [...lane.leaves] })
    return twin
  }

  laneOf(name: LaneName): ShownLane {
    const lane = this.shown.get(name)
    if (!lane) throw new Error(`no ${name}`)
    return lane
  }

  tellKey(event: 'registered' | 'activated', key: KeyObject, checkpoint?: string): void {
    const { leaves } = this.laneOf(CONTROL_LANE)
    const leaf = record('key', { event, use: 'control-lane', key: hexOf(key), ...(checkpoint ? { checkpoint } : {}) })
    this.control.push({ index: leaves.length, leaf })
    leaves.push(leaf)
  }

  /** Hands the control lane over; without its last word where `isForged`. */
  handOver(key: KeyObject, isForged = false): void {
    const control = this.laneOf(CONTROL_LANE)
    this.tellKey('registered', key)
    const last = this.signed(CONTROL_LANE)
    control.key = key
    this.tellKey('activated', key, isForged ? this.signed(CONTROL_LANE) : last)
  }

  open(name: LaneName): void {
    const key = newKey()
    const { leaves } = this.laneOf(CONTROL_LANE)
    const leaf = record('lane', { event: 'opened', opened: name, publicKey: hexOf(key) })
    this.shown.set(name, { key, leaves: [], endorsement: { index: leaves.length, leaf } })
    leaves.push(leaf)
  }

  append(name: LaneName, count: number): void {
    const { leaves } = this.laneOf(name)
    for (let nth = 0; nth < count; nth++) leaves.push(record('request', {}))
  }

  signed(name: LaneName, size = this.laneOf(name).leaves.length): string {
    const { key, leaves } = this.laneOf(name)
    const { frontier } = Frontier.EMPTY.append(leaves.slice(0, size).map(hashLeaf))
    return makeCheckpoint(name, size, frontier.root, ed25519Signer(originOf(name), key))
  }

  async lanes(): Promise<readonly LaneName[]> {
    return [...this.shown.keys()]
  }

  async keys(): Promise<ListedKeys> {
    const lanes: ListedKey[] = [...this.shown]
      .filter(([lane]) => lane !== CONTROL_LANE)
      .map(([lane, { key, endorsement }]) => ({ lane, publicKey: rawPublicKey(key), endorsement }))
    return { control: this.control, lanes }
  }

  async checkpoint(name: LaneName): Promise<string | null> {
    return this.shown.has(name) ? this.signed(name) : null
  }

  async tile(name: LaneName, tile: TileName): Promise<Result<Uint8Array, NoTile>> {
    const path = `${name}/${formatTilePath(tile)}`
    this.asked.push(path)
    const bytes = await this.#bytesOf(name, tile)
    if (typeof bytes === 'string') return err(bytes)
    const bent = this.bend(path, bytes)
    return typeof bent === 'string' ? err(bent) : ok(bent)
  }

  async #bytesOf(name: LaneName, tile: TileName): Promise<Uint8Array | NoTile> {
    const { leaves } = this.laneOf(name)
    const level = tile.kind === 'entries' ? 0 : tile.level
    if (widthOfTile(level, tile.index, leaves.length) < tile.width) return 'absent'
    const first = tile.index * TILE_WIDTH
    if (tile.kind === 'hashes') return tileOf(leaves, level, tile.index, tile.width)
    return this.entries ? formatEntryBundle(leaves.slice(first, first + tile.width)) : 'forbidden'
  }
}

function tileOf(leaves: readonly Uint8Array[], level: number, index: number, width: number): Promise<Uint8Array> {
  const full = (at: number, nth: number): Uint8Array => {
    const first = nth * TILE_WIDTH
    if (at === 0) return Buffer.concat(leaves.slice(first, first + TILE_WIDTH).map(hashLeaf))
    return Buffer.concat(
      Array.from({ length: TILE_WIDTH }, (_, n) => subtreeRoot(full(at - 1, first + n), 0, TILE_WIDTH)),
    )
  }
  return computeTile(level, index, width, {
    fullTiles: async (at, from, until) => Array.from({ length: until - from }, (_, nth) => full(at, from + nth)),
    leaves: async (from, until) => leaves.slice(from, until),
    breathe: async () => undefined,
  })
}
