import { beforeAll, describe, expect, it } from '@jest/globals'
import { computeTile, RootMemory, type TileParts } from '../../../gateway/log/compute-tile.ts'
import { Frontier } from '../../../gateway/log/frontier.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import { tileHashReader } from '../../../gateway/log/hash-reader.ts'
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from '../../../gateway/log/proofs.ts'
import { TILE_WIDTH, widthOfTile } from '../../../gateway/log/tiles.ts'

// C2SP tlog-tiles, "Partial Tiles": 70,000 leaves need a third level.
const SIZE = 70_000
const leaves = Array.from({ length: SIZE }, (_, nth) => Buffer.from(String(nth)))
const stored = new Map<string, Uint8Array>()
const early = new Map<number, Uint8Array>()
let root: Uint8Array
let read: { full: string[]; breaths: number }

const parts: TileParts = {
  async fullTiles(level, from, until) {
    read.full.push(`${level}/${from}-${until}`)
    return Array.from({ length: until - from }, (_, nth) => {
      const tile = stored.get(`${level}/${from + nth}`)
      if (!tile) throw new Error('not stored')
      return tile
    })
  },
  leaves: async (from, until) => leaves.slice(from, until),
  breathe: async () => void read.breaths++,
}

beforeAll(() => {
  let tree = Frontier.EMPTY
  for (const until of [1, 255, 256, 65_536, 69_999, SIZE]) {
    const grown = tree.append(leaves.slice(tree.size, until).map(hashLeaf))
    for (const { level, index, hashes } of grown.tiles) stored.set(`${level}/${index}`, hashes)
    tree = grown.frontier
    early.set(until, tree.root)
  }
  root = tree.root
})

describe('tiles as they are computed', () => {
  const reader = () => {
    read = { full: [], breaths: 0 }
    return tileHashReader((level, index) => computeTile(level, index, widthOfTile(level, index, SIZE), parts))
  }

  it.each([0, 255, 256, 65_535, 65_536, 69_999])('prove leaf %i', async index => {
    const proof = await inclusionProof(index, SIZE, reader())
    expect(verifyInclusion(index, SIZE, hashLeaf(leaves[index] ?? Buffer.alloc(0)), proof, root)).toBe(true)
  })

  it.each([1, 255, 256, 65_536, 69_999])('prove that %i leaves are the beginning', async size => {
    const proof = await consistencyProof(size, SIZE, reader())
    expect(verifyConsistency(size, SIZE, early.get(size) ?? Buffer.alloc(0), root, proof)).toBe(true)
  })

  it('breathe behind each tile, and remember roots that cannot change', async () => {
    read = { full: [], breaths: 0 }
    const memory = new RootMemory(100)
    const first = await computeTile(1, 1, 17, parts, memory)
    expect([read.breaths, read.full]).toEqual([17, ['0/256-272', '0/272-273']])
    expect(await computeTile(1, 1, 17, parts, memory)).toEqual(first)
    expect(read.breaths).toBe(17)
    expect(first.length).toBe(17 * 32)
    expect(await computeTile(1, 1, 3, parts, new RootMemory(0))).toEqual(first.subarray(0, 3 * 32))
  })

  it('a memory forgets the oldest', () => {
    const memory = new RootMemory(2)
    for (const index of [0, 1, 2]) memory.set(0, index, Uint8Array.of(index))
    expect([0, 1, 2].map(index => memory.get(0, index)?.[0])).toEqual([undefined, 1, 2])
  })

  it('a full tile comes as it is stored', async () => {
    read = { full: [], breaths: 0 }
    expect(await computeTile(0, 3, TILE_WIDTH, parts)).toBe(stored.get('0/3'))
  })
})
