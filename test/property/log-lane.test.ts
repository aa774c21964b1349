import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { must } from '../../gateway/domain/result.ts'
import { AuditUnavailable } from '../../gateway/log/audit-unavailable.ts'
import { verifyCheckpoint } from '../../gateway/log/checkpoint.ts'
import { hashLeaf } from '../../gateway/log/hash.ts'
import type { Committed } from '../../gateway/log/lane-options.ts'
import { recoverLane } from '../../gateway/log/open-lane.ts'
import type { CommitFault } from '../support/faulty-lane-store.ts'
import { type LaneWorld, laneWorld, leafNumber } from '../support/lane-world.ts'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

interface Step {
  readonly appends: number
  readonly fault: CommitFault | null
  readonly failReads: number
  readonly turns: number
}

const step: fc.Arbitrary<Step> = fc.record({
  appends: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 450 })),
  fault: fc.constantFrom<CommitFault | null>(
    null,
    null,
    'failed',
    'failed-but-persisted',
    'hangs',
    'hangs-but-persisted',
  ),
  failReads: fc.nat({ max: 3 }),
  turns: fc.nat({ max: 4 }),
})

interface Outcome {
  readonly leaf: Uint8Array
  readonly committed: Committed | null
}

async function live(world: LaneWorld, steps: readonly Step[], recover: boolean): Promise<Outcome[]> {
  const lane = recover ? must(await recoverLane(world.options)) : await world.open()
  const appended: Promise<Outcome>[] = []
  for (const { appends, fault, failReads, turns } of steps) {
    world.store.commitFaults.push(fault)
    world.store.failReads += failReads
    for (let n = 0; n < appends; n++) {
      const leaf = leafNumber(appended.length + world.store.leaves.length * 1_000_000)
      appended.push(
        lane.append(leaf).then(
          committed => ({ leaf, committed }),
          (error: unknown) => {
            if (!(error instanceof AuditUnavailable)) throw error
            return { leaf, committed: null }
          },
        ),
      )
    }
    for (let n = 0; n < turns; n++) await turn()
    world.store.letGo()
  }
  const isDone = lane.close().then(() => true)
  while (!(await Promise.race([isDone, turn().then(() => false)]))) world.store.letGo()
  expect(lane.state).toBe('closed')
  world.store.commitFaults = []
  world.store.failReads = 0
  return Promise.all(appended)
}

/** Whatever the store did: who was told yes is in it, nothing is in it twice, and no size has two roots. */
async function check(world: LaneWorld, outcomes: readonly Outcome[]): Promise<void> {
  const { store } = world
  for (const { leaf, committed } of outcomes) {
    if (!committed) continue
    expect(Buffer.compare(store.leaves[committed.index] ?? new Uint8Array(0), leaf)).toBe(0)
    expect(Buffer.compare(hashLeaf(leaf), committed.leafHash)).toBe(0)
  }
  expect(new Set(store.leaves.map(leaf => Buffer.from(leaf).toString())).size).toBe(store.leaves.length)

  const roots = new Map<number, string>()
  const told = outcomes.flatMap(({ committed }) => (committed ? [committed.checkpoint] : []))
  for (const note of new Set([...told, ...world.heads.all, ...store.commits.map(commit => commit.to.checkpoint)])) {
    const { size, root } = must(verifyCheckpoint(note, world.name, world.publicKey))
    const hex = Buffer.from(root).toString('hex')
    expect(roots.get(size) ?? hex).toBe(hex)
    roots.set(size, hex)
  }
  expect(await world.verify({ kept: world.heads.all })).toEqual([])
}

describe('group commit', () => {
  it('keeps its word under any faults of the store, and over a restart', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 5 }),
        fc.array(step, { maxLength: 3 }),
        async (first, second) => {
          const world = laneWorld('control')
          const before = await live(world, first, false)
          await check(world, before)
          await check(world, [...before, ...(await live(world, second, true))])
        },
      ),
      { numRuns: 25 },
    )
  })
})
