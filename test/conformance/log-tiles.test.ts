import { describe, expect, it } from '@jest/globals'
import { formatTilePath, parseTilePath, type TileName, widthOfTile } from '../../gateway/log/tiles.ts'

// https://c2sp.org/tlog-tiles, "Merkle Tree": "index 1234067 will be encoded as x001/x234/067"
const PATHS: [path: string, tile: TileName][] = [
  ['tile/0/x001/x234/067', { kind: 'hashes', level: 0, index: 1234067, width: 256 }],
  ['tile/entries/x001/x234/067', { kind: 'entries', index: 1234067, width: 256 }],
]

// "Partial Tiles": "a tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0 tile of
// width 112, one full level 1 tile, one partial level 1 tile of width 17, and one partial level 2 tile of width 1."
// "a tree of size 256 will be represented by a full level 0 tile and a partial level 1 tile of width 1."
const WIDTHS: [size: number, level: number, index: number, width: number][] = [
  [70_000, 0, 0, 256],
  [70_000, 0, 272, 256],
  [70_000, 0, 273, 112],
  [70_000, 0, 274, 0],
  [70_000, 1, 0, 256],
  [70_000, 1, 1, 17],
  [70_000, 2, 0, 1],
  [70_000, 3, 0, 0],
  [256, 0, 0, 256],
  [256, 1, 0, 1],
  [256, 0, 1, 0],
]

// https://cs.opensource.google/go/x/mod/+/master:sumdb/tlog/tile_test.go, FuzzParseTilePath: its paths carry the tile
// height in front, which C2SP has dropped, so that all of them are foreign here.
const FOREIGN = [
  'tile/4/0/001',
  'tile/4/0/001.p/5',
  'tile/3/5/x123/x456/078',
  'tile/3/5/x123/x456/078.p/2',
  'tile/1/0/x003/x057/500',
  'tile/3/5/123/456/078',
  'tile/3/-1/123/456/078',
  'tile/1/data/x003/x057/500',
]

describe('tile paths of the specification', () => {
  it.each(PATHS)('%s', (path, tile) => {
    expect(formatTilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual({ ok: true, value: tile })
  })

  it.each(FOREIGN)('refuses %s', path => {
    expect(parseTilePath(path).ok).toBe(false)
  })

  it.each(WIDTHS)('a tree of %i: tile %i/%i is %i wide', (size, level, index, width) => {
    expect(widthOfTile(level, index, size)).toBe(width)
  })
})
