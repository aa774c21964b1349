import { describe, expect, it } from '@jest/globals'
import { must } from '../../../gateway/domain/result.ts'
import { Frontier } from '../../../gateway/log/frontier.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import { rebuildFrontier } from '../../../gateway/log/rebuild-frontier.ts'
import { leafNumber } from '../../support/lane-world.ts'

const hashes = Array.from({ length: 66_000 }, (_, n) => hashLeaf(leafNumber(n)))

function stored(size: number) {
  const { frontier, tiles } = Frontier.EMPTY.append(hashes.slice(0, size))
  const byName = new Map(tiles.map(tile => [`${tile.level}/${tile.index}`, tile.hashes]))
  const read: string[] = []
  const readTile = async (level: number, index: number): Promise<Uint8Array | null> => {
    read.push(`${level}/${index}`)
    return byName.get(`${level}/${index}`) ?? null
  }
  return { frontier, byName, read, readTile, last: hashes.slice(size - (size % 256), size) }
}

describe('rebuildFrontier', () => {
  it.each([0, 1, 255, 256, 257, 512, 1000, 65_535, 65_536, 65_537, 65_900])(
    '%i leaves: goes on like the first writer',
    async size => {
      const { frontier, readTile, last } = stored(size)
      const rebuilt = must(await rebuildFrontier(size, readTile, last))
      expect(Buffer.compare(rebuilt.root, frontier.root)).toBe(0)
      const more = hashes.slice(size, size + 300)
      const [a, b] = [frontier.append(more), rebuilt.append(more)]
      expect(Buffer.compare(a.frontier.root, b.frontier.root)).toBe(0)
      expect(b.tiles).toEqual(a.tiles)
    },
  )

  it('reads only tiles below those that are not full', async () => {
    const { read, readTile, last } = stored(65_900)
    await rebuildFrontier(65_900, readTile, last)
    expect(read).toEqual(['0/256', '1/0'])
  })

  it('names the tile that is missing', async () => {
    const { byName, readTile, last } = stored(65_900)
    byName.delete('1/0')
    expect(await rebuildFrontier(65_900, readTile, last)).toEqual({
      ok: false,
      error: 'full tile 0 of level 1 is not there',
    })
  })

  it('refuses too few leaf hashes', async () => {
    const { readTile, last } = stored(300)
    expect((await rebuildFrontier(300, readTile, last.slice(1))).ok).toBe(false)
  })
})

describe('a frontier', () => {
  it('does not change when another grows from it, or when the bytes of a hash do', () => {
    const first = Uint8Array.from(hashes[0] as Uint8Array)
    const one = Frontier.EMPTY.append([first]).frontier
    const two = one.append([hashes[1] as Uint8Array]).frontier
    const other = one.append([hashes[2] as Uint8Array]).frontier
    first.fill(0)
    expect(
      Buffer.compare(
        two.append(hashes.slice(2, 300)).frontier.root,
        Frontier.EMPTY.append(hashes.slice(0, 300)).frontier.root,
      ),
    ).toBe(0)
    expect(Buffer.compare(other.root, two.root)).not.toBe(0)
    expect(Buffer.compare(one.root, hashes[0] as Uint8Array)).toBe(0)
  })
})
