import { describe, expect, it } from '@jest/globals'
import { findLostRecords } from '../../../gateway/log/find-lost-records.ts'
import { makeCheckpoint } from '../../../gateway/log/checkpoint.ts'
import { EMPTY_ROOT } from '../../../gateway/log/hash.ts'
import { laneWorld } from '../../support/lane-world.ts'

const { name, signer } = laneWorld()
const kept = (size: number) => new Map([[name, makeCheckpoint(name, size, EMPTY_ROOT, signer)]])

describe('findLostRecords', () => {
  it.each([
    ['nothing where the stored lane is as long', 5, [{ name, size: 5 }], []],
    ['nothing where it is longer: it grew meanwhile', 5, [{ name, size: 7 }], []],
    ['what a shorter lane lacks', 5, [{ name, size: 3 }], [{ lane: name, stored: 3, kept: 5 }]],
    ['all of a lane that has gone', 5, [], [{ lane: name, stored: null, kept: 5 }]],
    ['nothing of a lane that never had a record', 0, [], []],
  ])('%s', (_what, size, stored, lost) => {
    expect(findLostRecords(kept(size), stored)).toEqual(lost)
  })

  it('passes over a kept head that cannot be read: verification names it', () => {
    expect(findLostRecords(new Map([[name, 'x']]), [])).toEqual([])
  })
})
