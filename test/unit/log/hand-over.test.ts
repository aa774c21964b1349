import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { KeyOfSize } from '../../../gateway/log/checkpoint.ts'
import { recoverLane } from '../../../gateway/log/open-lane.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { laneWorld, leafNumber } from '../../support/lane-world.ts'

/** A control lane of three leaves, closed, and a second key to hand it to. */
async function closedLane() {
  const world = laneWorld('control')
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const next = ed25519Signer(world.signer.name, privateKey)
  const lane = await world.open()
  for (let n = 0; n < 3; n++) await lane.append(leafNumber(n))
  await lane.close()
  await new Promise(resolve => setImmediate(resolve))
  return { ...world, lane, next, keyOf: handedOverAt(3, world.publicKey, publicKey) }
}

const handedOverAt =
  (size: number, before: KeyObject, behind: KeyObject): KeyOfSize =>
  of =>
    of > size ? behind : before

describe('a lane handed over to another key', () => {
  it('goes on where it was, signed by the new key alone', async () => {
    const world = await closedLane()
    const { lane, next, keyOf, publicKey } = world
    const last = lane.lastCheckpoint
    const second = lane.continueWith(next)
    expect(second.lastCheckpoint).toBe(last)
    const { index } = await second.append(leafNumber(3))
    await second.append(leafNumber(4))
    expect([index, second.size]).toEqual([3, 5])
    expect(await world.verify({ publicKey: keyOf })).toEqual([])
    expect((await world.verify({ publicKey })).map(({ kind }) => kind)).toContain('unsigned-head')
  })

  it('takes nothing while the old one may still write', async () => {
    const world = laneWorld('control')
    const lane = await world.open({ inDoubtMillis: 50 })
    expect(() => lane.continueWith(world.signer)).toThrow('is not closed')
    // Given up by its caller, and still under way in the store.
    world.store.commitFaults = ['hangs-but-persisted']
    await expect(lane.append(leafNumber(0))).rejects.toMatchObject({ reason: 'waited-too-long' })
    await lane.close()
    expect(() => lane.continueWith(world.signer)).toThrow('is not closed')
    world.store.letGo()
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(() => lane.continueWith(world.signer)).toThrow('is not closed')
  })

  // What a crash leaves at each point, and which key the next process goes on with.
  it('recovers before the first leaf of the new key: with the old one', async () => {
    const { lane, next, options, store } = await closedLane()
    store.commitFaults = ['failed', 'failed', 'failed']
    await expect(lane.continueWith(next).append(leafNumber(3))).rejects.toMatchObject({ reason: 'dead' })
    expect((await recoverLane(options)).ok).toBe(true)
  })

  it('recovers behind it: with the new one, whose head may be ahead of the one kept', async () => {
    const { lane, next, options, keyOf, heads } = await closedLane()
    await lane.continueWith(next).append(leafNumber(3))
    heads.all.pop()
    const recovered = await recoverLane({ ...options, signer: next, keyOf })
    if (!recovered.ok) throw new Error(recovered.error.detail)
    expect((await recovered.value.append(leafNumber(4))).index).toBe(4)
  })

  it('never recovers behind it with the old one', async () => {
    const { lane, next, options, keyOf } = await closedLane()
    await lane.continueWith(next).append(leafNumber(3))
    expect(await recoverLane({ ...options, keyOf })).toMatchObject({ ok: false, error: { reason: 'unsigned-head' } })
    expect(await recoverLane(options)).toMatchObject({ ok: false, error: { reason: 'unsigned-head' } })
  })

  it('does not recover a head that the old key signed behind it', async () => {
    const { lane, options, next, keyOf } = await closedLane()
    await lane.continueWith(options.signer).append(leafNumber(3))
    for (const signer of [next, options.signer])
      expect(await recoverLane({ ...options, signer, keyOf })).toMatchObject({
        ok: false,
        error: { reason: 'unsigned-head' },
      })
  })
})
