import { describe, expect, it } from '@jest/globals'
import { type ControlEvent, controlLeaf } from '../../../gateway/record/control-record.ts'
import { ControlMemory } from '../../../gateway/record/control-memory.ts'
import { CONTROL_LANE, type GatewayId } from '../../../gateway/domain/gateway-id.ts'
import { instant } from '../../../gateway/domain/instant.ts'

const writer = { gateway: 'gateway-1' as GatewayId, lane: CONTROL_LANE, software: 'test' }
const leafOf = (event: object): Uint8Array => controlLeaf(instant(1_700_000_000_000_000), event as ControlEvent, writer)
const lane = (name: string) =>
  leafOf({ kind: 'lane', event: 'opened', opened: name, publicKey: 'ab', openedBy: 'gateway-1' })
const revision = (number: number) => leafOf({ kind: 'revision', number, digest: 'd', previous: null, officers: [] })
const heads = leafOf({ kind: 'heads', heads: [] })

function remembering(...leaves: readonly Uint8Array[]): ControlMemory {
  const memory = new ControlMemory()
  for (const [index, leaf] of leaves.entries()) memory.take(index, leaf)
  return memory
}
const indexesOf = (memory: ControlMemory): readonly number[] => memory.entries.map(({ index }) => index)

describe('ControlMemory', () => {
  it('keeps each lane and key, the newest of what is numbered, and nothing of the heads', () => {
    const memory = remembering(revision(0), heads, lane('a'), revision(1), heads, lane('b'), Buffer.from('no record'))
    expect(indexesOf(memory)).toEqual([2, 3, 5])
    expect(memory.size).toBe(7)
  })

  it('of a hundred thousand heads keeps none', () => {
    const memory = remembering(lane('a'))
    for (let n = 1; n <= 100_000; n++) memory.take(n, heads)
    expect(indexesOf(memory)).toEqual([0])
  })

  it('is made again from its entries', () => {
    const memory = remembering(revision(0), lane('a'), revision(1), heads, heads)
    const again = new ControlMemory(memory.size, memory.entries)
    expect(again.entries).toEqual(memory.entries)
    expect(again.size).toBe(5)
    again.take(5, revision(2))
    expect(indexesOf(again)).toEqual([1, 5])
  })

  it('takes a copy', () => {
    const leaf = Uint8Array.from(lane('a'))
    const before = Uint8Array.from(leaf)
    const memory = remembering(leaf)
    leaf.fill(0)
    expect(memory.entries[0]?.leaf).toEqual(before)
  })

  it('takes nothing twice or out of order', () => {
    expect(() => remembering(heads, heads).take(1, heads)).toThrow(RangeError)
  })
})
