import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONTROL_LANE, type LaneName } from '../../../gateway/domain/gateway-id.ts'
import { KeptHeads } from '../../../gateway/edge/keys/kept-heads.ts'
import { laneName } from '../control/register.ts'

const SLOT = 4096
const LANE = laneName(1)
let folder: string
let heads: KeptHeads
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'heads-')), 'heads')
  heads = new KeptHeads(folder)
})
afterEach(() => {
  heads.close()
  rmSync(join(folder, '..'), { recursive: true })
})

const checkpoint = (size: number) => `lienthong/${LANE}\n${size}\nAAAA\n\n— lienthong/${LANE} AAAA\n`
const keep = (...sizes: readonly number[]) => sizes.forEach(size => heads.keep(LANE, checkpoint(size)))
const reopen = () => {
  heads.close()
  heads = new KeptHeads(folder)
}
/** Spoils some bytes of the file, as a power cut in the middle of a write does. */
function tear(lane: LaneName, from: number, bytes: Buffer): void {
  const file = readFileSync(join(folder, lane))
  bytes.copy(file, from)
  writeFileSync(join(folder, lane), file)
}
/** Which slot holds this size. */
const slotOf = (size: number) => {
  const file = readFileSync(join(folder, LANE))
  return [0, 1].find(slot => file.subarray(slot * SLOT, (slot + 1) * SLOT).includes(checkpoint(size))) ?? -1
}

describe('kept heads', () => {
  it('give back the newest, also after the process died', () => {
    expect(heads.read(LANE)).toBeNull()
    for (const size of [0, 1, 5, 6, 200]) {
      keep(size)
      expect(heads.read(LANE)).toBe(checkpoint(size))
      // Another process reads the same file, with nothing closed in the first.
      expect(new KeptHeads(folder).read(LANE)).toBe(checkpoint(size))
    }
  })

  it('are written into two places in turn', () => {
    keep(1, 2, 3)
    expect([slotOf(2), slotOf(3)].sort()).toEqual([0, 1])
    expect(slotOf(1)).toBe(-1)
  })

  it.each([0, 1])('survive a torn write into place %i', torn => {
    keep(...(torn === 0 ? [1, 2] : [1, 2, 3]))
    const newest = torn === 0 ? 2 : 3
    expect(slotOf(newest)).toBe(torn)
    tear(LANE, torn * SLOT + 80, Buffer.from('torn'))
    expect(heads.read(LANE)).toBe(checkpoint(newest - 1))
  })

  it.each([
    ['cut to zeros', Buffer.alloc(SLOT)],
    ['half of it zeros', Buffer.alloc(SLOT / 2)],
    ['garbage', Buffer.alloc(SLOT, 'x')],
  ])('survive a place that is %s', (_, bytes) => {
    keep(7, 8)
    tear(LANE, slotOf(8) * SLOT, bytes)
    expect(heads.read(LANE)).toBe(checkpoint(7))
  })

  it('never write over the newest, whichever place it is in when the file is opened again', () => {
    for (const sizes of [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]) {
      keep(...sizes)
      const newest = sizes.at(-1) ?? 0
      reopen()
      keep(newest + 1)
      expect(slotOf(newest)).not.toBe(-1)
      expect(slotOf(newest + 1)).toBe(1 - slotOf(newest))
      reopen()
    }
  })

  it('write into the torn place next', () => {
    keep(1, 2)
    const torn = slotOf(2)
    tear(LANE, torn * SLOT + 80, Buffer.from('torn'))
    reopen()
    keep(3)
    expect([slotOf(3), slotOf(1)]).toEqual([torn, 1 - torn])
  })

  it('are nothing where both places are torn', () => {
    keep(1, 2)
    writeFileSync(join(folder, LANE), Buffer.alloc(2 * SLOT, 'x'))
    expect(heads.read(LANE)).toBeNull()
    writeFileSync(join(folder, LANE), '')
    expect(heads.read(LANE)).toBeNull()
  })

  it('of several lanes are kept apart, and other files are no lanes', () => {
    keep(1)
    heads.keep(CONTROL_LANE, checkpoint(9))
    writeFileSync(join(folder, 'notes.txt'), 'x')
    expect([...heads.lanes()].sort()).toEqual([CONTROL_LANE, LANE])
    expect(heads.read(LANE)).toBe(checkpoint(1))
  })

  it('too long to be kept are said to be', () => {
    expect(() => heads.keep(LANE, checkpoint(1).repeat(100))).toThrow('does not fit')
    expect(heads.read(LANE)).toBeNull()
  })

  it('are nobody else’s to read', () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })
})
