import { describe, expect, it } from '@jest/globals'
import { must } from '../../../gateway/domain/result.ts'
import { formatEntryBundle, parseEntryBundle } from '../../../gateway/log/entry-bundle.ts'
import { formatTilePath, parseTilePath, type TileName } from '../../../gateway/log/tiles.ts'

describe('parseTilePath', () => {
  it.each<[string, TileName]>([
    ['tile/0/000', { kind: 'hashes', level: 0, index: 0, width: 256 }],
    ['tile/63/999', { kind: 'hashes', level: 63, index: 999, width: 256 }],
    ['tile/1/x001/000.p/255', { kind: 'hashes', level: 1, index: 1000, width: 255 }],
    ['tile/entries/273.p/1', { kind: 'entries', index: 273, width: 1 }],
    ['tile/0/x009/x007/x199/x254/x740/991', { kind: 'hashes', level: 0, index: Number.MAX_SAFE_INTEGER, width: 256 }],
  ])('reads and writes %s', (path, tile) => {
    expect(parseTilePath(path)).toEqual({ ok: true, value: tile })
    expect(formatTilePath(tile)).toBe(path)
  })

  it.each([
    ['leading slash', '/tile/0/000'],
    ['level with leading zero', 'tile/00/000'],
    ['level above 63', 'tile/64/000'],
    ['negative level', 'tile/-1/000'],
    ['index of two digits', 'tile/0/00'],
    ['index of four digits', 'tile/0/0000'],
    ['group without x', 'tile/0/001/000'],
    ['x on the last group', 'tile/0/x001'],
    ['group of zeroes in front', 'tile/0/x000/001'],
    ['above 2^53', 'tile/0/x009/x007/x199/x254/x740/992'],
    ['partial of no width', 'tile/0/000.p/0'],
    ['partial of full width', 'tile/0/000.p/256'],
    ['width with leading zero', 'tile/0/000.p/01'],
    ['something behind', 'tile/0/000/'],
    ['newline behind', 'tile/0/000\n'],
    ['another digit', 'tile/0/00\u0661'],
    ['dots', 'tile/0/../../000'],
    ['very long', `tile/0/${'x001/'.repeat(1000)}000`],
  ])('refuses %s', (_, path) => {
    expect(parseTilePath(path).ok).toBe(false)
  })
})

describe('entry bundles', () => {
  it('come back as they went in', () => {
    const leaves = [new Uint8Array(0), Buffer.from('a'), new Uint8Array(65_535).fill(7)]
    const read = must(parseEntryBundle(formatEntryBundle(leaves)))
    expect(read.map(leaf => Buffer.from(leaf).toString('hex'))).toEqual(
      leaves.map(leaf => Buffer.from(leaf).toString('hex')),
    )
  })

  it.each([
    ['half a length', Buffer.of(0)],
    ['a missing byte', Buffer.of(0, 2, 1)],
    ['257 entries', Buffer.alloc(257 * 2)],
  ])('are refused with %s', (_, bytes) => {
    expect(parseEntryBundle(bytes).ok).toBe(false)
  })
})
