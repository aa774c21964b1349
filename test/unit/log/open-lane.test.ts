import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { makeCheckpoint } from '../../../gateway/log/checkpoint.ts'
import { Frontier } from '../../../gateway/log/frontier.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import { openLane, recoverLane } from '../../../gateway/log/open-lane.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { type LaneWorld, laneWorld, leafNumber } from '../../support/lane-world.ts'

/** A control lane with some leaves whose process has ended. */
async function leftBehind(leaves: number): Promise<LaneWorld> {
  const world = laneWorld('control')
  const lane = await world.open({ maxWaiting: leaves })
  await Promise.all(Array.from({ length: leaves }, (_, n) => lane.append(leafNumber(n))))
  await lane.close()
  return world
}

describe('recoverLane', () => {
  // The chunks of 4,096 and the tiles of 256 both have an edge to get wrong.
  it.each([0, 1, 256, 300, 4096, 4500])('goes on after %i leaves', async leaves => {
    const world = await leftBehind(leaves)
    const recovered = await recoverLane(world.options)
    if (!recovered.ok) throw new Error(recovered.error.detail)
    const { index } = await recovered.value.append(leafNumber(leaves))
    expect(index).toBe(leaves)
    expect(await world.verify()).toEqual([])
  })

  it('goes on where the stored head is ahead of the kept one', async () => {
    const world = await leftBehind(500)
    world.heads.all.length = 2
    const recovered = await recoverLane(world.options)
    expect(recovered.ok).toBe(true)
    expect(world.heads.all.at(-1)).toBe(world.store.head.checkpoint)
  })

  it('goes on where nothing was kept on this machine', async () => {
    const world = await leftBehind(5)
    world.heads.all.length = 0
    expect((await recoverLane(world.options)).ok).toBe(true)
  })

  it.each<[string, string, (world: LaneWorld) => void]>([
    [
      'a head signed by another key',
      'unsigned-head',
      ({ store, name, signer }) => {
        const { privateKey } = generateKeyPairSync('ed25519')
        const stranger = ed25519Signer(signer.name, privateKey)
        store.head = { ...store.head, checkpoint: makeCheckpoint(name, store.head.size, store.head.root, stranger) }
      },
    ],
    ['a row of another size', 'unsigned-head', ({ store }) => (store.head = { ...store.head, size: 299 })],
    [
      'a row of another root',
      'unsigned-head',
      ({ store }) => (store.head = { ...store.head, root: new Uint8Array(32) }),
    ],
    ['a kept head that is not signed', 'unsigned-head', ({ heads }) => heads.all.push('x')],
    ['a backup put back', 'head-behind', ({ store }) => (store.head = { ...store.head, ...store.commits[0]?.to })],
    ['no row', 'head-behind', ({ store }) => (store.readHead = async () => null)],
    [
      'another history of the same length, signed with the right key',
      'fork',
      ({ heads, store, name, signer }) =>
        heads.all.push(makeCheckpoint(name, store.head.size, hashLeaf(Buffer.from('x')), signer)),
    ],
    [
      'a kept head in the middle of another history',
      'fork',
      ({ heads, name, signer }) => heads.all.push(makeCheckpoint(name, 100, hashLeaf(Buffer.from('x')), signer)),
    ],
    ['a changed leaf', 'leaf-mismatch', ({ store }) => (store.leaves[7] = Buffer.from('x'))],
    ['a leaf that is gone', 'missing-leaf', ({ store }) => Reflect.deleteProperty(store.leaves, 7)],
    ['fewer leaves than asked for', 'missing-leaf', ({ store }) => (store.readLeaves = async () => [])],
    ['a fenced lane', 'sealed', ({ store }) => store.setState('sealing')],
    ['a sealed lane', 'sealed', ({ store }) => store.setState('sealed')],
  ])('refuses %s', async (_, reason, harm) => {
    const world = await leftBehind(300)
    harm(world)
    const kept = world.heads.all.length
    const recovered = await recoverLane(world.options)
    expect(recovered.ok ? null : recovered.error.reason).toBe(reason)
    expect(world.heads.all).toHaveLength(kept)
  })

  describe('from a head that was proven before', () => {
    /** 600 leaves, of which those below `size` were verified once. */
    async function provenAt(size: number) {
      const world = await leftBehind(600)
      const { root } = Frontier.EMPTY.append(world.store.leaves.slice(0, size).map(hashLeaf)).frontier
      const read: number[] = []
      const { store } = world
      const readLeaves = store.readLeaves.bind(store)
      store.readLeaves = async (name, from, to) => {
        read.push(from)
        return readLeaves(name, from, to)
      }
      const proven = { size, root, readTile: store.readTile }
      return { world, read, recover: (changes = {}) => recoverLane({ ...world.options, proven, ...changes }) }
    }

    it.each([0, 1, 255, 256, 300, 512, 600])('of %i leaves: goes on, and reads no full tile below it', async size => {
      const { world, read, recover } = await provenAt(size)
      const recovered = await recover()
      if (!recovered.ok) throw new Error(recovered.error.detail)
      expect(recovered.value.root).toEqual(world.store.head.root)
      expect((await recovered.value.append(leafNumber(600))).index).toBe(600)
      expect(Math.min(...read, 600)).toBeGreaterThanOrEqual(size - (size % 256))
      expect(await world.verify()).toEqual([])
    })

    it('a leaf changed below it is for verification to find; one behind it is refused', async () => {
      const { world, recover } = await provenAt(300)
      world.store.leaves[7] = Buffer.from('x')
      expect((await recover()).ok).toBe(true)
      world.store.leaves[400] = Buffer.from('x')
      const recovered = await recover()
      expect(recovered.ok ? null : recovered.error.reason).toBe('leaf-mismatch')
    })

    it.each<[string, (world: LaneWorld) => void]>([
      ['a tile changed', ({ store }) => store.tiles.set('0/0', new Uint8Array(8192))],
      ['a tile gone', ({ store }) => store.tiles.delete('0/0')],
    ])('%s: every leaf is read, and they decide', async (_what, harm) => {
      const { world, read, recover } = await provenAt(300)
      harm(world)
      expect((await recover()).ok).toBe(true)
      expect(read).toContain(0)
      world.store.leaves[7] = Buffer.from('x')
      expect((await recover()).ok).toBe(false)
    })

    it('a root that the lane never had: every leaf is read', async () => {
      const { read, recover, world } = await provenAt(300)
      const proven = { size: 300, root: hashLeaf(Buffer.from('x')), readTile: world.store.readTile }
      expect((await recover({ proven })).ok).toBe(true)
      expect(read).toContain(0)
    })

    it('beyond the kept head nothing is taken for proven', async () => {
      const { world, read, recover } = await provenAt(600)
      world.heads.all.length = 2
      expect((await recover()).ok).toBe(true)
      expect(read).toContain(0)
    })
  })

  it('rejects when the store is out of reach: that says nothing about the lane', async () => {
    const world = await leftBehind(3)
    world.store.failReads = 1
    await expect(recoverLane(world.options)).rejects.toThrow(/out of reach/)
  })
})

describe('openLane', () => {
  it('keeps the head of the new lane', async () => {
    const world = laneWorld()
    await world.open()
    expect(world.heads.all).toEqual([world.store.head.checkpoint])
  })

  it.each<[string, string, (world: LaneWorld) => void]>([
    ['no row', 'head-behind', ({ store }) => (store.readHead = async () => null)],
    [
      'a lane whose leaves are gone',
      'head-behind',
      ({ heads, name, signer }) => heads.all.push(makeCheckpoint(name, 1, hashLeaf(Buffer.from('x')), signer)),
    ],
    [
      'a lane that has leaves',
      'fork',
      ({ store, name, signer }) => {
        const root = hashLeaf(Buffer.from('x'))
        store.head = { ...store.head, size: 1, root, checkpoint: makeCheckpoint(name, 1, root, signer) }
      },
    ],
    [
      'a root that is not that of an empty tree',
      'leaf-mismatch',
      ({ store, name, signer }) => {
        const root = hashLeaf(Buffer.from('x'))
        store.head = { ...store.head, root, checkpoint: makeCheckpoint(name, 0, root, signer) }
      },
    ],
    ['an unsigned head', 'unsigned-head', ({ store }) => (store.head = { ...store.head, checkpoint: '' })],
  ])('refuses %s', async (_, reason, harm) => {
    const world = laneWorld()
    harm(world)
    const opened = await openLane(world.options)
    expect(opened.ok ? null : opened.error.reason).toBe(reason)
  })

  it('refuses a signer that is not named after the lane', async () => {
    const world = laneWorld()
    await expect(openLane({ ...world.options, signer: { ...world.signer, name: 'x' } })).rejects.toThrow(/named/)
  })
})
