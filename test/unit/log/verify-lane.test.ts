import { beforeAll, describe, expect, it } from '@jest/globals'
import { makeCheckpoint } from '../../../gateway/log/checkpoint.ts'
import { Frontier } from '../../../gateway/log/frontier.ts'
import { hashLeaf, HASH_BYTES, subtreeRoot } from '../../../gateway/log/hash.ts'
import type { LaneVerification, LeafRow } from '../../../gateway/log/verify-lane.ts'
import { type LaneWorld, findingsOf, laneWorld, leafNumber } from '../../support/lane-world.ts'

// Eight full tiles and a partial end; and one full tile of level 1 with three full ones of level 0 behind it.
const SIZE = 8 * 256 + 100
const LARGE = 65_536 + 3 * 256 + 100

let small: LaneWorld
let large: LaneWorld
let leafHashes: Uint8Array[]

async function laneOf(size: number): Promise<LaneWorld> {
  const world = laneWorld()
  const lane = await world.open({ maxWaiting: size, inDoubtMillis: 600_000 })
  await Promise.all(Array.from({ length: size }, (_, n) => lane.append(leafNumber(n))))
  await lane.close()
  return world
}

beforeAll(async () => {
  small = await laneOf(SIZE)
  large = await laneOf(LARGE)
  leafHashes = small.store.leaves.map(hashLeaf)
})

interface Stored {
  head: { size: number; root: Uint8Array; checkpoint: string }
  rows: LeafRow[]
  tiles: Map<string, Uint8Array>
  kept: string[]
}

/** Verifies a copy of the lane after `harm` was done to it; each finding as `kind index`. */
async function verifyAfter(
  harm: (stored: Stored) => void,
  more: Partial<LaneVerification> = {},
  world = small,
): Promise<string[]> {
  const stored: Stored = {
    head: world.store.head,
    rows: world.store.leaves.map((leaf, index) => ({ index, leaf })),
    tiles: new Map(world.store.tiles),
    kept: [world.store.head.checkpoint],
  }
  harm(stored)
  async function* batches(): AsyncGenerator<readonly LeafRow[]> {
    for (let at = 0; at < stored.rows.length; at += 1000) yield stored.rows.slice(at, at + 1000)
  }
  const findings = await findingsOf({
    lane: world.name,
    publicKey: world.publicKey,
    head: stored.head,
    leaves: batches(),
    readTile: async (level, index) => stored.tiles.get(`${level}/${index}`) ?? null,
    kept: stored.kept,
    ...more,
  })
  return findings.map(({ kind, index }) => (index === undefined ? kind : `${kind} ${index}`))
}

const change = (stored: Stored, index: number): void => {
  stored.rows[index] = { index, leaf: Buffer.from('changed') }
}

const changeHash = (stored: Stored, key: string, nth: number, hash: Uint8Array): void => {
  const tile = Uint8Array.from(stored.tiles.get(key) ?? [])
  tile.set(hash, nth * HASH_BYTES)
  stored.tiles.set(key, tile)
}

const CHANGED = hashLeaf(Buffer.from('changed'))
const rootAt = (size: number): Uint8Array => Frontier.EMPTY.append(leafHashes.slice(0, size)).frontier.root
const signedAt = (size: number, root: Uint8Array) => ({
  size,
  root,
  checkpoint: makeCheckpoint(small.name, size, root, small.signer),
})

describe('verifyLane finds', () => {
  it('nothing in a good lane, also at heads in between', async () => {
    const named = [0, 1, 255, 256, 257, 777, 2048, SIZE].map(size => ({ size, root: rootAt(size), where: 'test' }))
    const kept = [signedAt(300, rootAt(300)).checkpoint]
    expect(await verifyAfter(() => undefined, { named, kept })).toEqual([])
  })

  it.each<[string, (stored: Stored) => void, string[]]>([
    ['a changed leaf by its index', s => change(s, 70), ['leaf-changed-or-missing 70']],
    [
      'leaves that changed places',
      s => {
        s.rows[3] = { index: 3, leaf: leafNumber(4) }
        s.rows[4] = { index: 4, leaf: leafNumber(3) }
      },
      ['leaf-changed-or-missing 3', 'leaf-changed-or-missing 4'],
    ],
    ['a changed tile', s => changeHash(s, '0/1', 5, CHANGED), ['tile-mismatch 261']],
    ['a tile that is gone', s => s.tiles.delete('0/1'), ['tile-mismatch 256']],
    ['a changed leaf behind the last full tile', s => change(s, SIZE - 1), ['leaf-changed-or-missing 0']],
    ['a leaf that is gone', s => s.rows.splice(70, 1), ['missing-leaf 70']],
    ['the last leaf of a tile gone', s => s.rows.splice(255, 1), ['missing-leaf 255']],
    [
      'a long gap, and a change behind it',
      s => {
        change(s, 2000)
        s.rows.splice(70, 1000)
      },
      ['missing-leaf 70', 'leaf-changed-or-missing 2000'],
    ],
    ['a leaf gone that no tile holds', s => s.rows.splice(SIZE - 50, 1), [`missing-leaf ${SIZE - 50}`]],
    [
      'a gap without tiles, and a change behind it',
      s => {
        change(s, 2000)
        s.rows.splice(70, 1000)
        for (const index of [0, 1, 2, 3, 4]) s.tiles.delete(`0/${index}`)
      },
      ['missing-leaf 70', 'tile-mismatch 0', 'tile-mismatch 1024', 'leaf-changed-or-missing 2000'],
    ],
    ['the end cut off', s => s.rows.splice(SIZE - 10), [`size-mismatch ${SIZE - 10}`]],
    ['all leaves gone, hashes kept', s => s.rows.splice(0), ['size-mismatch 0']],
    ['leaves beyond the head', s => s.rows.push({ index: SIZE, leaf: leafNumber(SIZE) }), [`extra-leaves ${SIZE}`]],
    ['a leaf twice', s => s.rows.splice(5, 0, { index: 4, leaf: leafNumber(4) }), ['extra-leaves 4']],
    [
      'a body that retention has not dropped',
      s => (s.rows[9] = { index: 9, leafHash: leafHashes[9] as Uint8Array }),
      ['missing-leaf 9'],
    ],
    ['an unsigned head', s => (s.head = { ...s.head, checkpoint: 'x' }), ['unsigned-head']],
    [
      'an unsigned head for other leaves',
      s => {
        s.rows.splice(0, s.rows.length, { index: 0, leaf: leafNumber(0) })
        s.head = { size: 1, root: CHANGED, checkpoint: '' }
        s.kept = []
      },
      ['unsigned-head', 'head-mismatch'],
    ],
    [
      'an unsigned head of an absurd size',
      s => {
        s.head = { size: Number.MAX_SAFE_INTEGER, root: CHANGED, checkpoint: '' }
        s.kept = []
        s.tiles.clear()
      },
      expect.arrayContaining(['unsigned-head', `size-mismatch ${SIZE}`]) as unknown as string[],
    ],
    ['a row of another size', s => (s.head = { ...s.head, size: 5 }), ['head-mismatch']],
    ['a row of another root', s => (s.head = { ...s.head, root: CHANGED }), ['head-mismatch']],
    [
      'a backup put back',
      s => {
        s.head = signedAt(1000, rootAt(1000))
        s.rows.splice(1000)
      },
      ['head-behind-kept'],
    ],
    ['a kept head that is not signed', s => (s.kept = ['x']), ['unsigned-head']],
    [
      'a history signed anew',
      s => {
        s.kept = [signedAt(1000, CHANGED).checkpoint]
      },
      ['fork-of-kept'],
    ],
    [
      'another root kept for the same size',
      s => {
        s.kept = [signedAt(SIZE, CHANGED).checkpoint]
      },
      ['fork-of-kept'],
    ],
  ])('%s', async (_, harm, expected) => {
    expect(await verifyAfter(harm)).toEqual(expected)
  })

  it.each<[string, (stored: Stored) => void, string[]]>([
    [
      'two changed leaves, also far behind',
      s => [70, 66_000].forEach(index => change(s, index)),
      ['leaf-changed-or-missing 70', 'leaf-changed-or-missing 66000'],
    ],
    ['a changed tile of level 1', s => changeHash(s, '1/0', 2, CHANGED), ['tile-mismatch 512']],
    ['a tile that is too short', s => s.tiles.set('1/0', new Uint8Array(32)), ['tile-mismatch 0']],
    [
      'a changed leaf beside a changed tile, told apart by the tile above',
      s => {
        change(s, 70)
        changeHash(s, '0/1', 5, CHANGED)
      },
      ['leaf-changed-or-missing 70', 'tile-mismatch 261'],
    ],
    [
      'a leaf changed together with its tile: the run of 256',
      s => {
        change(s, 300)
        changeHash(s, '0/1', 300 - 256, CHANGED)
      },
      ['leaf-changed-or-missing 256'],
    ],
    [
      'a leaf changed together with all tiles above, between the heads around it',
      s => {
        change(s, 300)
        changeHash(s, '0/1', 300 - 256, CHANGED)
        changeHash(s, '1/0', 1, subtreeRoot(s.tiles.get('0/1') ?? new Uint8Array(0), 0, 256))
      },
      ['leaf-changed-or-missing 290'],
    ],
  ])('in a large lane %s', async (_, harm, expected) => {
    const named = [290, 400].map(size => ({ size, root: rootAt(size), where: 'test' }))
    expect(await verifyAfter(harm, { named }, large)).toEqual(expected)
  })

  it('heads that others hold and the lane does not lead to', async () => {
    const named = [
      { size: SIZE + 1, root: CHANGED, where: 'control lane, leaf 8' },
      { size: 500, root: CHANGED, where: 'control lane, leaf 3' },
    ]
    expect(await verifyAfter(() => undefined, { named })).toEqual(['head-behind-named', 'fork-of-named'])
  })

  it('a fork though leaves were changed too, where the tiles still lead to the signed root', async () => {
    const named = [{ size: 500, root: CHANGED, where: 'control lane, leaf 3' }]
    const found = await verifyAfter(stored => change(stored, 70), { named })
    expect(found).toEqual(['leaf-changed-or-missing 70', 'fork-of-named'])
  })

  it('a lane without head row', async () => {
    expect(await verifyAfter(stored => stored.rows.splice(0), { head: null })).toEqual([
      'head-missing',
      'head-behind-kept',
    ])
  })

  it('a changed leaf without any tiles: only that one of all was changed', async () => {
    expect(await verifyAfter(stored => change(stored, 70), { readTile: null })).toEqual(['leaf-changed-or-missing 0'])
  })

  it('nothing where retention dropped bodies and kept hashes', async () => {
    const drop = ({ rows }: Stored): void => {
      for (let index = 0; index < 1000; index++) rows[index] = { index, leafHash: leafHashes[index] as Uint8Array }
    }
    expect(await verifyAfter(drop, { bodiesFrom: 1000 })).toEqual([])
    expect(await verifyAfter(drop, { bodiesFrom: 999 })).toEqual(['missing-leaf 999'])
  })

  it('no more than a bounded number of differences', async () => {
    const found = await verifyAfter(({ tiles }) => {
      for (const index of [0, 1, 2, 3, 4]) tiles.set(`0/${index}`, new Uint8Array(8192))
    })
    expect(found).toHaveLength(1001)
  })

  it('and tells how far it is', async () => {
    const counts: number[] = []
    await verifyAfter(() => undefined, { progress: count => counts.push(count) })
    expect([counts[0], counts.at(-1)]).toEqual([1000, SIZE])
  })
})
