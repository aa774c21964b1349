import { err, ok, type Result } from '../domain/result.ts'
import { HASH_BYTES } from './hash.ts'

/** Hashes (or entries) of a full tile: C2SP tlog-tiles fixes the height at 8. */
export const TILE_WIDTH = 256
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES

/** C2SP tlog-tiles: `<L>` is between 0 and 63. */
const MAX_LEVEL = 63

/** A resource of C2SP tlog-tiles. `width` is 256 for a full tile, 1 to 255 for a partial one. */
export type TileName =
  | { readonly kind: 'hashes'; readonly level: number; readonly index: number; readonly width: number }
  | { readonly kind: 'entries'; readonly index: number; readonly width: number }

/** `x001/x234/067` for 1234067. */
function formatIndex(index: number): string {
  let text = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    text = `x${String(rest % 1000).padStart(3, '0')}/${text}`
  }
  return text
}

/** The path below a lane's prefix: `tile/0/x001/x234/067`, `tile/0/273.p/112`, `tile/entries/000`. */
export function formatTilePath(tile: TileName): string {
  const level = tile.kind === 'entries' ? 'entries' : String(tile.level)
  const suffix = tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`
  return `tile/${level}/${formatIndex(tile.index)}${suffix}`
}

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** Reads an attacker-controlled path. Strict: what it accepts, `formatTilePath` writes back byte for byte. */
export function parseTilePath(path: string): Result<TileName> {
  const match = path.length <= 64 ? PATH.exec(path) : null
  if (!match) return err('a tile path is written tile/<level or entries>/<index>[.p/<width>], like tile/0/x001/234')
  const [, level = '', groups = '', partial] = match

  const index = Number(groups.replace(/[x/]/g, ''))
  if (groups.startsWith('x000') || !Number.isSafeInteger(index))
    return err('a tile index is below 2^53 and has no group of zeroes in front')
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  if (partial !== undefined && width >= TILE_WIDTH) return err('a partial tile is 1 to 255 wide')

  if (level === 'entries') return ok({ kind: 'entries', index, width })
  if (Number(level) > MAX_LEVEL) return err('a tile level is at most 63')
  return ok({ kind: 'hashes', level: Number(level), index, width })
}

/** How many hashes of a tile level a tree of `size` leaves has: `floor(size / 256^level)`. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level)

/**
 * How wide a tile is in a tree of `size` leaves: 0 (it does not exist), 1 to 255 (partial) or 256 (C2SP tlog-tiles,
 * "Partial Tiles"). Level 0 also tells the width of an entry bundle.
 */
export function widthOfTile(level: number, index: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAt(level, size) - index * TILE_WIDTH))
}
