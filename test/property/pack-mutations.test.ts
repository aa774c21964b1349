import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { PackFile, PackScope } from '../../gateway/review/pack/ports.ts'
import { diceOf, mutatePack } from '../support/mutations/mutate-pack.ts'
import { PackWorld, zipped } from '../support/packs/pack-world.ts'

const RUNS = { exchange: 700, range: 300 }

/** Whatever is edited, dropped, swapped or cut in a pack, on the outside or file by file, `audit verify` finds it. */
describe('a pack', () => {
  let world: PackWorld
  beforeAll(async () => {
    world = await PackWorld.make(10)
  })
  afterAll(() => world.close())

  const isFoundWrong = async (files: readonly PackFile[], numRuns: number): Promise<void> => {
    const pack = await zipped(files)
    expect((await world.verify(pack)).good).toBe(true)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 0x7fffffff }), async seed => {
        const { what, mutated } = await mutatePack(pack, files, diceOf(seed))
        expect([what, (await world.verify(mutated)).good]).toEqual([what, false])
      }),
      { numRuns },
    )
  }

  it(`of an exchange, ${RUNS.exchange} times`, async () =>
    isFoundWrong(await world.files(world.ofExchange(3)), RUNS.exchange))

  it(`of a range, ${RUNS.range} times`, async () => {
    const scope = { kind: 'range', unit: null, service: null, from: 0, to: 4e15 } as PackScope
    await isFoundWrong(await world.files(scope), RUNS.range)
  })
})
