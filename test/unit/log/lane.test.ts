import { describe, expect, it } from '@jest/globals'
import { must } from '../../../gateway/domain/result.ts'
import type { AuditUnavailable } from '../../../gateway/log/audit-unavailable.ts'
import { verifyCheckpoint } from '../../../gateway/log/checkpoint.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import { inclusionProof, verifyInclusion } from '../../../gateway/log/proofs.ts'
import { tileHashReader } from '../../../gateway/log/hash-reader.ts'
import { laneWorld, leafNumber } from '../../support/lane-world.ts'

const turns = (count: number): Promise<void> =>
  count === 0 ? Promise.resolve() : new Promise<void>(resolve => setImmediate(resolve)).then(() => turns(count - 1))

const reasonOf = (appended: Promise<unknown>): Promise<string> =>
  appended.then(
    () => 'committed',
    (error: AuditUnavailable) => error.reason,
  )

describe('a lane', () => {
  it('tells each caller index, leaf hash and a checkpoint that covers its record', async () => {
    const world = laneWorld()
    const lane = await world.open()
    world.store.newestRevision = 7
    const committed = await Promise.all([0, 1, 2].map(n => lane.append(leafNumber(n))))

    expect(committed.map(({ index, newestRevision }) => [index, newestRevision])).toEqual([
      [0, 7],
      [1, 7],
      [2, 7],
    ])
    for (const { index, leafHash, checkpoint } of committed) {
      const { size, root } = must(verifyCheckpoint(checkpoint, world.name, world.publicKey))
      const read = tileHashReader(async () => Buffer.concat(world.store.leaves.map(hashLeaf)))
      expect(verifyInclusion(index, size, leafHash, await inclusionProof(index, size, read), root)).toBe(true)
    }
    expect([lane.size, lane.state, lane.lastCheckpoint]).toEqual([3, 'open', world.store.head.checkpoint])
    expect(Buffer.compare(lane.root, world.store.head.root)).toBe(0)
    expect(world.store.days).toEqual(['2026-11-22', '2026-11-22', '2026-11-22'])
    expect(await world.verify()).toEqual([])
  })

  it('commits what waits as one batch of at most 200 while the previous one is in flight', async () => {
    const world = laneWorld()
    const sizes: number[] = []
    const lane = await world.open({ batchObserver: size => sizes.push(size) })
    const first = lane.append(leafNumber(0))
    await turns(1)
    const rest = Array.from({ length: 450 }, (_, n) => lane.append(leafNumber(n + 1)))
    await Promise.all([first, ...rest])
    expect(sizes).toEqual([1, 200, 200, 50])
    expect(await world.verify()).toEqual([])
  })

  it('stores each full tile once, over batches', async () => {
    const world = laneWorld()
    const lane = await world.open()
    await Promise.all(Array.from({ length: 600 }, (_, n) => lane.append(leafNumber(n))))
    expect([...world.store.tiles.keys()]).toEqual(['0/0', '0/1'])
    expect(await world.verify()).toEqual([])
  })

  it('keeps the head before any caller goes on', async () => {
    const world = laneWorld()
    const lane = await world.open()
    const kept: (string | undefined)[] = []
    await Promise.all([0, 1].map(n => lane.append(leafNumber(n)).then(() => kept.push(world.heads.all.at(-1)))))
    expect(kept).toEqual([world.store.head.checkpoint, world.store.head.checkpoint])
  })

  it('stores what was appended, whatever the caller does to its bytes afterwards', async () => {
    const world = laneWorld()
    const lane = await world.open()
    const leaf = Buffer.from('before')
    const appended = lane.append(leaf)
    leaf.fill('x')
    await appended
    expect(Buffer.from(world.store.leaves[0] ?? []).toString()).toBe('before')
    expect(await world.verify()).toEqual([])
  })

  it('takes 65,535 bytes and throws for more', async () => {
    const world = laneWorld()
    const lane = await world.open()
    expect(() => lane.append(new Uint8Array(65_536))).toThrow(/65535/)
    await lane.append(new Uint8Array(65_535))
    await lane.append(new Uint8Array(0))
    expect(await world.verify()).toEqual([])
  })

  it('drains on close and takes nothing more', async () => {
    const world = laneWorld()
    const lane = await world.open()
    const appended = Array.from({ length: 300 }, (_, n) => lane.append(leafNumber(n)))
    const closed = lane.close()
    expect(lane.state).toBe('closing')
    expect(await reasonOf(lane.append(leafNumber(300)))).toBe('closed')
    await closed
    expect([lane.state, world.store.leaves.length]).toEqual(['closed', 300])
    await Promise.all(appended)
    await lane.close()
  })
})

describe('a lane whose signer fails', () => {
  it('refuses those callers, writes nothing and goes on', async () => {
    const world = laneWorld()
    let isBroken = true
    const sign = (bytes: Uint8Array): Uint8Array => {
      if (isBroken) throw new Error('no HSM')
      return world.signer.sign(bytes)
    }
    const lane = await world.open({ signer: { ...world.signer, sign } })
    expect(await reasonOf(lane.append(leafNumber(0)))).toBe('not-signed')
    isBroken = false
    expect((await lane.append(leafNumber(1))).index).toBe(0)
    expect(await world.verify()).toEqual([])
  })
})

describe('a lane in doubt', () => {
  it('goes on when the head shows that the batch was committed, without knowing the newest revision', async () => {
    const world = laneWorld()
    const lane = await world.open()
    world.store.commitFaults = ['failed-but-persisted']
    world.store.failReads = 3
    const committed = await lane.append(leafNumber(0))
    expect([committed.index, committed.newestRevision]).toEqual([0, null])
    expect(world.heads.all.at(-1)).toBe(committed.checkpoint)
    expect((await lane.append(leafNumber(1))).index).toBe(1)
    expect(await world.verify()).toEqual([])
  })

  it('commits the very same batch again when the head shows that nothing was written', async () => {
    const world = laneWorld()
    const lane = await world.open()
    world.store.commitFaults = ['failed', 'failed']
    expect((await lane.append(leafNumber(0))).index).toBe(0)
    expect((await lane.append(leafNumber(1))).index).toBe(1)
    expect(world.store.leaves).toHaveLength(2)
    expect(await world.verify()).toEqual([])
  })

  it('dies where a batch fails again and again, so that no second root for its size is ever signed', async () => {
    const world = laneWorld()
    const deaths: string[] = []
    const lane = await world.open({ onDead: ({ reason }) => void deaths.push(reason) })
    world.store.commitFaults = ['failed', 'failed', 'failed']
    expect(await reasonOf(lane.append(leafNumber(0)))).toBe('dead')
    expect([lane.state, deaths, world.store.leaves.length]).toEqual(['dead', ['not-committed'], 0])
    expect(await world.verify()).toEqual([])
  })

  it('refuses callers, earlier and new ones, after inDoubtMillis, and recovers', async () => {
    const world = laneWorld()
    const lane = await world.open({ inDoubtMillis: 50 })
    world.store.commitFaults = ['failed']
    world.store.failReads = Number.POSITIVE_INFINITY
    const early = reasonOf(lane.append(leafNumber(0)))
    await turns(5)
    expect(lane.state).toBe('in-doubt')
    const late = reasonOf(lane.append(leafNumber(1)))
    expect(await Promise.all([early, late])).toEqual(['waited-too-long', 'waited-too-long'])
    world.store.failReads = 0
    await turns(5)
    // What was signed is committed, although its caller was told no: its exchange is closed as unresolved.
    expect([lane.state, world.store.leaves.length]).toEqual(['open', 1])
    expect((await lane.append(leafNumber(2))).index).toBe(1)
    expect(await world.verify()).toEqual([])
  })

  it('refuses at once when too many wait', async () => {
    const world = laneWorld()
    const lane = await world.open({ inDoubtMillis: 50, maxWaiting: 2 })
    world.store.commitFaults = ['failed']
    world.store.failReads = Number.POSITIVE_INFINITY
    const flying = reasonOf(lane.append(leafNumber(0)))
    await turns(5)
    const [a, b, c] = [1, 2, 3].map(n => reasonOf(lane.append(leafNumber(n))))
    expect(await c).toBe('too-many-waiting')
    expect(await Promise.all([flying, a, b])).toEqual(['waited-too-long', 'waited-too-long', 'waited-too-long'])
    await lane.close()
  })

  it.each(['hangs', 'hangs-but-persisted'] as const)(
    'does not keep callers waiting on a commit that %s',
    async fault => {
      const world = laneWorld()
      const lane = await world.open({ inDoubtMillis: 50 })
      world.store.commitFaults = [fault]
      expect(await reasonOf(lane.append(leafNumber(0)))).toBe('waited-too-long')
      const next = lane.append(leafNumber(1))
      world.store.letGo()
      expect((await next).index).toBe(1)
      expect(lane.size).toBe(2)
      expect(await world.verify()).toEqual([])
    },
  )

  it('asks for the head no longer once it is closed and nobody waits', async () => {
    const world = laneWorld()
    const lane = await world.open({ inDoubtMillis: 50 })
    world.store.commitFaults = ['failed']
    let asked = 0
    world.store.readHead = () => Promise.reject(new Error(`${++asked} times out of reach`))
    const appended = reasonOf(lane.append(leafNumber(0)))
    await lane.close()
    expect(await appended).toBe('waited-too-long')
    await turns(5)
    const before = asked
    await turns(20)
    expect([before > 0, asked]).toEqual([true, before])
  })

  it('can be closed though the store never answers', async () => {
    const world = laneWorld()
    const lane = await world.open({ inDoubtMillis: 50 })
    world.store.commitFaults = ['hangs']
    const appended = reasonOf(lane.append(leafNumber(0)))
    await lane.close()
    expect([await appended, lane.state]).toEqual(['waited-too-long', 'closed'])
  })
})

describe('a lane dies', () => {
  it.each<[string, string, (world: ReturnType<typeof laneWorld>) => void]>([
    ['when another writer moved the head', 'fenced', ({ store }) => (store.head = { ...store.head, epoch: 2 })],
    ['when it was fenced', 'fenced', ({ store }) => store.setState('sealing')],
    ['when the head cannot be kept', 'head-not-kept', ({ heads }) => (heads.isFull = true)],
    [
      'when after a failure the head is at another epoch',
      'head-disagrees',
      ({ store }) => {
        store.commitFaults = ['failed']
        store.head = { ...store.head, epoch: 2 }
      },
    ],
    [
      'when after a failure the head is older than what was committed',
      'head-disagrees',
      ({ store }) => {
        const before = store.commits[0]
        store.commitFaults = ['failed']
        store.head = { ...store.head, ...(before ? before.to : {}) }
      },
    ],
    [
      'when after a failure the head has another root for its size',
      'head-disagrees',
      ({ store }) => {
        store.commitFaults = ['failed']
        store.head = { ...store.head, root: hashLeaf(Buffer.from('x')) }
      },
    ],
    [
      'when after a failure the head has another checkpoint for its root',
      'head-disagrees',
      ({ store }) => {
        store.commitFaults = ['failed']
        store.head = { ...store.head, checkpoint: '' }
      },
    ],
    [
      'when after a failure there is no such lane',
      'head-disagrees',
      ({ store }) => {
        store.commitFaults = ['failed']
        store.readHead = async () => null
      },
    ],
  ])('%s', async (_, reason, harm) => {
    const world = laneWorld()
    const lane = await world.open()
    await lane.append(leafNumber(0))
    await lane.append(leafNumber(1))
    const checkpoint = lane.lastCheckpoint
    harm(world)

    const flying = reasonOf(lane.append(leafNumber(2)))
    await turns(1)
    const waiting = reasonOf(lane.append(leafNumber(3)))
    expect(await Promise.all([flying, waiting])).toEqual(['dead', 'dead'])
    expect(await reasonOf(lane.append(leafNumber(4)))).toBe('dead')
    expect([lane.state, lane.lastCheckpoint]).toEqual(['dead', checkpoint])
    expect(world.deaths.map(death => death.reason)).toEqual([reason])
    await lane.close()
  })
})
