import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { must } from '../../gateway/domain/result.ts'
import { Frontier } from '../../gateway/log/frontier.ts'
import { hashLeaf, subtreeRoot } from '../../gateway/log/hash.ts'
import { tileHashReader } from '../../gateway/log/hash-reader.ts'
import type { FullTile } from '../../gateway/log/lane-store.ts'
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from '../../gateway/log/proofs.ts'
import { rebuildFrontier } from '../../gateway/log/rebuild-frontier.ts'
import { widthOfTile } from '../../gateway/log/tiles.ts'
import { naiveConsistency, naiveLeafHash, naivePath, naiveRoot, naiveTile } from '../support/naive-tree.ts'

const leaves = Array.from({ length: 1200 }, (_, n) => Buffer.from(`leaf ${n}`))
const hashes = leaves.map(hashLeaf)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Sizes around the edges of tiles and powers of two more often than others. */
const size = (max: number) =>
  fc.oneof(
    fc.nat({ max }),
    fc.constantFrom(0, 1, 2, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025).filter(n => n <= max),
  )

/** Reads a tree of `n` leaves through its tiles, partial ones included. */
function readerOf(n: number) {
  return tileHashReader(async (level, index) => {
    const span = 256 ** level
    const width = widthOfTile(level, index, n)
    return Buffer.concat(
      Array.from({ length: width }, (_, i) => subtreeRoot(Buffer.concat(hashes), (index * 256 + i) * span, span)),
    )
  })
}

/** Grows a tree in batches of these sizes. */
function growBy(batches: readonly number[]): { frontier: Frontier; tiles: FullTile[] } {
  let frontier = Frontier.EMPTY
  const tiles: FullTile[] = []
  for (const batch of batches) {
    const grown = frontier.append(hashes.slice(frontier.size, frontier.size + batch))
    frontier = grown.frontier
    tiles.push(...grown.tiles)
  }
  return { frontier, tiles }
}

describe('the tree', () => {
  it('hashes leaves like the definition', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), leaf =>
        expect(hex(hashLeaf(leaf))).toBe(hex(naiveLeafHash(leaf))),
      ),
    )
  })

  it('has the root of the recursive definition at every step, and the naive tiles, however it is batched', () => {
    const batches = fc.array(fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 300 })), { maxLength: 6 })
    fc.assert(
      fc.property(batches, sizes => {
        let total = 0
        sizes.forEach((batch, nth) => {
          total = Math.min(leaves.length, total + batch)
          expect(hex(growBy(sizes.slice(0, nth + 1)).frontier.root)).toBe(hex(naiveRoot(leaves.slice(0, total))))
        })
        const { tiles } = growBy(sizes)
        expect(tiles.map(({ level, index }) => [level, index])).toEqual(
          Array.from({ length: Math.floor(total / 256) }, (_, index) => [0, index]),
        )
        for (const { level, index, hashes } of tiles) expect(hex(hashes)).toBe(hex(naiveTile(level, index, leaves)))
      }),
      { numRuns: 25 },
    )
  })

  it('completes tiles of level 1 from those of level 0', () => {
    // 65,536 equal leaves, so that the naive side is cheap: each tile of level 0 is the same.
    const leaf = Buffer.from('x')
    const group = Array.from({ length: 256 }, () => leaf)
    const { tiles } = Frontier.EMPTY.append(Array.from({ length: 65_536 + 300 }, () => hashLeaf(leaf)))
    const upper = tiles.filter(tile => tile.level === 1)
    expect(upper.map(tile => tile.index)).toEqual([0])
    expect(hex(upper[0]?.hashes ?? group[0] ?? leaf)).toBe(hex(naiveRoot(group)).repeat(256))
    expect(tiles.filter(tile => tile.level === 0).map(tile => tile.index)).toEqual([...Array(257).keys()])
  })

  it('is rebuilt from its full tiles and the leaves behind them', async () => {
    await fc.assert(
      fc.asyncProperty(size(1200), size(300), async (n, more) => {
        const { frontier, tiles } = growBy([n])
        const stored = new Map(tiles.map(tile => [`${tile.level}/${tile.index}`, tile.hashes]))
        const rebuilt = must(
          await rebuildFrontier(n, async (l, i) => stored.get(`${l}/${i}`) ?? null, hashes.slice(n - (n % 256), n)),
        )
        const behind = hashes.slice(0, more)
        expect(hex(rebuilt.root)).toBe(hex(frontier.root))
        expect(hex(rebuilt.append(behind).frontier.root)).toBe(hex(frontier.append(behind).frontier.root))
      }),
      { numRuns: 40 },
    )
  })
})

/** Every way to spoil one list of hashes in one place. */
function spoilt(proof: readonly Uint8Array[], at: number, bit: number): Uint8Array[][] {
  const some = hashes[at] as Uint8Array
  const nth = proof.length === 0 ? 0 : at % proof.length
  const flipped = proof.map((hash, n) => {
    const copy = Uint8Array.from(hash)
    if (n === nth) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return copy
  })
  const spoils = [
    [...proof, some],
    [some, ...proof],
    [...proof, new Uint8Array(0)],
    [new Uint8Array(0), ...proof],
  ]
  if (proof.length > 0) spoils.push(flipped, proof.slice(1), proof.slice(0, -1))
  if (proof.length > 0)
    spoils.push([...proof.slice(0, nth), (proof[nth] as Uint8Array).subarray(1), ...proof.slice(nth + 1)])
  if (proof.length > 1) spoils.push([...proof].reverse(), [...proof, proof[0] as Uint8Array])
  return spoils
}

/** Numbers that no honest tree has. */
const strange = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 53 - 1]

describe('inclusion proofs', () => {
  it('are those of the RFC and verify, and no mutation does', async () => {
    const cases = fc.record({
      n: size(1100).map(n => n + 1),
      m: fc.nat(),
      at: fc.nat({ max: 1199 }),
      bit: fc.nat({ max: 255 }),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ n, m: any, at, bit }) => {
        const m = any % n
        const leafHash = hashes[m] as Uint8Array
        const root = naiveRoot(leaves.slice(0, n))
        const proof = await inclusionProof(m, n, readerOf(n))
        expect(proof.map(hex)).toEqual(naivePath(m, leaves.slice(0, n)).map(hex))
        expect(verifyInclusion(m, n, leafHash, proof, root)).toBe(true)

        for (const bad of spoilt(proof, at, bit)) expect(verifyInclusion(m, n, leafHash, bad, root)).toBe(false)
        if (at !== m) expect(verifyInclusion(m, n, hashes[at] as Uint8Array, proof, root)).toBe(false)
        if (at !== m) expect(verifyInclusion(at, n, leafHash, proof, root)).toBe(false)
        expect(verifyInclusion(m, n, leafHash, proof, hashes[at === 0 && n === 1 ? 1 : at] as Uint8Array)).toBe(
          n === 1 && m === at,
        )
        expect(verifyInclusion(m, n, leafHash, proof, root.subarray(0, 31))).toBe(false)
        for (const odd of strange) {
          expect(verifyInclusion(odd, n, leafHash, proof, root)).toBe(false)
          if (odd < n || Number.isNaN(odd) || !Number.isSafeInteger(odd))
            expect(verifyInclusion(m, odd, leafHash, proof, root)).toBe(false)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('are refused for an index that the tree does not have', async () => {
    await expect(inclusionProof(5, 5, readerOf(5))).rejects.toThrow(/no leaf 5/)
  })
})

describe('consistency proofs', () => {
  it('are those of the RFC and verify, and no mutation does', async () => {
    const cases = fc.record({ a: size(1100), b: size(1100), at: fc.nat({ max: 1199 }), bit: fc.nat({ max: 255 }) })
    await fc.assert(
      fc.asyncProperty(cases, async ({ a, b, at, bit }) => {
        const [m, n] = a < b ? [a, b] : [b, a]
        const [old, now] = [naiveRoot(leaves.slice(0, m)), naiveRoot(leaves.slice(0, n))]
        const proof = await consistencyProof(m, n, readerOf(n))
        expect(proof.map(hex)).toEqual(m === 0 ? [] : naiveConsistency(m, leaves.slice(0, n)).map(hex))
        expect(verifyConsistency(m, n, old, now, proof)).toBe(true)

        for (const bad of spoilt(proof, at, bit)) expect(verifyConsistency(m, n, old, now, bad)).toBe(false)
        const stranger = naiveLeafHash(Buffer.from('no leaf'))
        expect(verifyConsistency(m, n, stranger, now, proof)).toBe(false)
        if (m > 0) expect(verifyConsistency(m, n, old, stranger, proof)).toBe(false)
        if (m !== n) expect(verifyConsistency(n, m, now, old, proof)).toBe(false)
        if (m > 0 && m !== n) expect(verifyConsistency(m, n, now, old, proof)).toBe(false)
        for (const odd of strange) expect(verifyConsistency(odd, n, old, now, proof)).toBe(false)
      }),
      { numRuns: 40 },
    )
  })

  it('are refused when the first tree is the newer one', async () => {
    await expect(consistencyProof(6, 5, readerOf(6))).rejects.toThrow(/not older/)
  })

  it('never throw for what an attacker sends', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...strange))
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    fc.assert(
      fc.property(number, number, bytes, bytes, fc.array(bytes, { maxLength: 60 }), (a, b, x, y, proof) => {
        verifyConsistency(a, b, x, y, proof)
        expect(verifyInclusion(a, b, x, proof, y)).toBe(false)
      }),
    )
  })
})
