import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals'
import type { LaneName } from '../../../gateway/domain/gateway-id.ts'
import { PostgresLaneStore } from '../../../gateway/edge/postgres/lane-store.ts'
import { setLaneState, insertLane } from '../../../gateway/edge/postgres/lanes.ts'
import { readLeavesStream, readTile } from '../../../gateway/edge/postgres/lane-reads.ts'
import { takeControl } from '../../../gateway/edge/postgres/lane-hold.ts'
import { insertRevision } from '../../../gateway/edge/postgres/revisions.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { CONTROL_LANE } from '../../../gateway/domain/gateway-id.ts'
import { openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { openWire } from './wire.ts'
import { batchOf, newLane, openLane, openWorld, type World } from './world.ts'

let world: World
let store: PostgresLaneStore
let lane: LaneName

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  store = new PostgresLaneStore(world.database)
  lane = await openLane(world.database)
})
afterEach(() => store.close())

async function countOf(table: 'record' | 'tile'): Promise<number> {
  const { rows } = await world.admin.pool.query<{ n: number }>(
    `SELECT count(*) AS n FROM ${table} WHERE lane = (SELECT id FROM lane WHERE name = $1)`,
    [lane],
  )
  return rows[0]?.n ?? -1
}

describe('commit', () => {
  it('stores leaves, tiles and head together, byte for byte', async () => {
    const tiles = [0, 1].map(index => ({ level: index, index, hashes: Buffer.alloc(8192, index + 1) }))
    const leaves = [Buffer.from([0]), Buffer.alloc(65_535, 7), Buffer.from('{"ả":"\\u0000"}')]
    const batch = batchOf(lane, 0, 3, { leaves, tiles })
    expect(await store.commit(batch)).toEqual({ committed: true, newestRevision: -1 })
    expect(await store.readHead(lane)).toEqual({ ...batch.to, epoch: 1, state: 'open' })
    expect(await store.readLeaves(lane, 0, 3)).toEqual(leaves)
    expect(await store.readLeaves(lane, 1, 2)).toEqual([leaves[1]])
    for (const tile of tiles) expect(await readTile(world.database, lane, tile.level, tile.index)).toEqual(tile.hashes)
    expect(await readTile(world.database, lane, 0, 9)).toBeNull()
  })

  it('goes on from where it was, batch after batch', async () => {
    let size = 0
    for (const count of [1, 10, 200, 3]) {
      expect((await store.commit(batchOf(lane, size, count))).committed).toBe(true)
      size += count
    }
    const leaves = await store.readLeaves(lane, 0, size)
    expect(leaves.map(leaf => Number.parseInt(Buffer.from(leaf).toString(), 10))).toEqual(
      Array.from({ length: size }, (_, i) => i),
    )
  })

  // Each row: why the head is not `from` any more.
  const fences: readonly (readonly [string, () => Promise<unknown>, Partial<ReturnType<typeof batchOf>>])[] = [
    ['another size', async () => store.commit(batchOf(lane, 0, 1)), {}],
    ['another epoch', async () => undefined, { from: { size: 0, epoch: 2 } }],
    ['a lane being sealed', () => setLaneState(world.database, lane, 'open', 'sealing'), {}],
    ['a sealed lane', () => setLaneState(world.database, lane, 'open', 'sealed'), {}],
    ['no such lane', async () => undefined, { lane: 'gateway-9.0000000000000000' as LaneName }],
  ]
  for (const [why, before, more] of fences)
    it(`writes nothing at ${why}`, async () => {
      await before()
      const counted = await countOf('record')
      const head = await store.readHead(lane)
      const tiles = [{ level: 0, index: 0, hashes: Buffer.alloc(8192) }]
      expect((await store.commit(batchOf(lane, 0, 2, { tiles, ...more }))).committed).toBe(false)
      expect(await countOf('record')).toBe(counted)
      expect(await countOf('tile')).toBe(0)
      expect(await store.readHead(lane)).toEqual(head)
    })

  it('does not append to a lane that is not open yet', async () => {
    const opening = newLane()
    await insertLane(world.database, opening)
    expect((await store.commit(batchOf(opening.name, 0, 1))).committed).toBe(false)
  })

  it('tells the newest revision', async () => {
    await insertRevision(world.database, { number: 0, digest: digestOf('0'), previous: null, content: '{}' })
    expect(await store.commit(batchOf(lane, 0, 1))).toEqual({ committed: true, newestRevision: 0 })
    await insertRevision(world.database, { number: 1, digest: digestOf('1'), previous: digestOf('0'), content: '{}' })
    expect(await store.commit(batchOf(lane, 1, 1))).toEqual({ committed: true, newestRevision: 1 })
    expect(await store.commit(batchOf(lane, 7, 1))).toEqual({ committed: false, newestRevision: 1 })
  })

  it('rejects a batch whose sizes do not fit its leaves, before asking', async () => {
    await expect(store.commit({ ...batchOf(lane, 0, 2), leaves: [Buffer.from('one')] })).rejects.toThrow(
      /leaves of its sizes/,
    )
    expect(await countOf('record')).toBe(0)
  })

  it('leaves nothing behind when a part is refused', async () => {
    await expect(
      store.commit(batchOf(lane, 0, 2, { leaves: [Buffer.from('good'), Buffer.alloc(0)] })),
    ).rejects.toMatchObject({ code: '23514' })
    expect(await store.readHead(lane)).toMatchObject({ size: 0 })
    expect(await countOf('record')).toBe(0)
    expect((await store.commit(batchOf(lane, 0, 2))).committed).toBe(true)
  })

  it('does not weaken with the role’s default of synchronous_commit', async () => {
    const name = new URL(world.fresh.adminUrl).pathname.slice(1)
    await world.admin.pool.query(`ALTER DATABASE ${name} SET synchronous_commit = off`)
    // Fires at COMMIT, so it sees what the commit itself sees.
    await world.admin.pool.query(`CREATE TABLE seen (value text);
      CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER see AFTER UPDATE ON lane DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION see()`)
    await store.commit(batchOf(lane, 0, 1))
    const { rows } = await world.admin.pool.query('SELECT value FROM seen')
    await world.admin.pool.query(
      `DROP FUNCTION see() CASCADE; DROP TABLE seen; ALTER DATABASE ${name} RESET synchronous_commit`,
    )
    expect(rows).toEqual([{ value: 'on' }])
  })
})

describe('a commit in doubt', () => {
  it('is one that came with a notice, though it happened', async () => {
    await world.admin.pool.query(`
      CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER warn AFTER UPDATE ON lane DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()`)
    await expect(store.commit(batchOf(lane, 0, 1))).rejects.toMatchObject({
      name: 'NoticeAtCommit',
      message: expect.stringContaining('synchronous replication'),
    })
    await world.admin.pool.query('DROP FUNCTION warn() CASCADE')
    expect(await store.readHead(lane)).toMatchObject({ size: 1 })
  })

  it('is one whose connection was lost; the next works again', async () => {
    await store.commit(batchOf(lane, 0, 1))
    await endSessions()
    await expect(
      store.commit(batchOf(lane, 1, 1)).then(result => {
        // The loss may have been noticed before the commit: then it was made on a new connection.
        if (result.committed) throw new Error('noticed')
      }),
    ).rejects.toThrow()
    const head = await store.readHead(lane)
    expect((await store.commit(batchOf(lane, head?.size ?? -1, 1))).committed).toBe(true)
  })

  // The commit waits behind a lock when the network breaks. It must not happen after readHead has answered.
  it('cannot happen any more once readHead has answered', async () => {
    const wire = await openWire(Number(new URL(world.fresh.runtimeUrl).port))
    const url = new URL(world.fresh.runtimeUrl)
    url.port = String(wire.port)
    const remote = openDatabase(url.href, { name: 'test remote' })
    const far = new PostgresLaneStore(remote)
    await far.commit(batchOf(lane, 0, 1))
    const blocker = await world.admin.pool.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT FROM lane WHERE name = $1 FOR UPDATE', [lane])
    const commit = far.commit(batchOf(lane, 1, 1)).then(
      () => 'answered',
      () => 'in doubt',
    )
    await untilWaiting()
    wire.cut()
    expect(await commit).toBe('in doubt')
    const head = far.readHead(lane)
    // Time for the old session to be ended: were it alive, it would be the first in the queue for the row.
    await new Promise(resolve => setTimeout(resolve, 300))
    await blocker.query('ROLLBACK')
    blocker.release()
    expect(await head).toMatchObject({ size: 1 })
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(await store.readHead(lane)).toMatchObject({ size: 1 })
    expect(await countOf('record')).toBe(1)
    await far.close()
    await remote.close()
    await wire.close()
  })

  it('ends by the time limit where the database stalls', async () => {
    const blocker = await world.admin.pool.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT FROM lane WHERE name = $1 FOR UPDATE', [lane])
    const started = Date.now()
    await expect(store.commit(batchOf(lane, 0, 1))).rejects.toMatchObject({ code: '57014' })
    expect(Date.now() - started).toBeLessThan(8_000)
    await blocker.query('ROLLBACK')
    blocker.release()
    expect((await store.commit(batchOf(lane, 0, 1))).committed).toBe(true)
  })

  async function endSessions(): Promise<void> {
    await world.admin.pool.query(
      'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1',
      [`lane ${lane}`],
    )
  }

  async function untilWaiting(): Promise<void> {
    for (;;) {
      const { rows } = await world.admin.pool.query(
        "SELECT FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'",
        [`lane ${lane}`],
      )
      if (rows.length > 0) return
    }
  }
})

describe('readLeaves', () => {
  it('rejects when a record is missing, and streams what is there', async () => {
    await store.commit(batchOf(lane, 0, 25))
    await world.admin.pool.query(
      'DELETE FROM record WHERE index = 7 AND lane = (SELECT id FROM lane WHERE name = $1)',
      [lane],
    )
    await expect(store.readLeaves(lane, 0, 25)).rejects.toThrow(/leaf 7 is not stored/)
    await expect(store.readLeaves(lane, 20, 26)).rejects.toThrow(/leaf 25 is not stored/)
    const seen: number[] = []
    for await (const { index } of readLeavesStream(world.database, lane, 2, 20, 4)) seen.push(index)
    expect(seen).toEqual([2, 3, 4, 5, 6, ...Array.from({ length: 12 }, (_, i) => 8 + i)])
  })
})

it('a former writer of the control lane is fenced by the epoch', async () => {
  await insertLane(world.database, newLane(CONTROL_LANE, { kind: 'control', state: 'open' }))
  const first = await takeControl(world.database)
  expect(first?.head?.epoch).toBe(2)
  expect((await store.commit(batchOf(CONTROL_LANE, 0, 1, { from: { size: 0, epoch: 2 } }))).committed).toBe(true)
  expect(await takeControl(world.database)).toBeNull()
  await first?.hold.release()
  const second = await takeControl(world.database)
  expect(second?.head).toMatchObject({ epoch: 3, size: 1 })
  expect((await store.commit(batchOf(CONTROL_LANE, 1, 1, { from: { size: 1, epoch: 2 } }))).committed).toBe(false)
  await second?.hold.release()
})
