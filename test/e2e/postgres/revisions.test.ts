import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { listenRevisions } from '../../../gateway/edge/postgres/listen-revisions.ts'
import {
  insertRevision,
  newestRevision,
  readRevision,
  readRevisions,
} from '../../../gateway/edge/postgres/revisions.ts'
import { openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const revision = (number: number, previous = number - 1) => ({
  number,
  digest: digestOf(String(number)),
  previous: number === 0 ? null : digestOf(String(previous)),
  content: `{"number":${number}}`,
})

async function until(condition: () => boolean, millis = 5_000): Promise<number> {
  const started = Date.now()
  while (!condition()) {
    if (Date.now() - started > millis) throw new Error('it did not happen')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return Date.now() - started
}

describe('revisions', () => {
  it('form one chain from the genesis', async () => {
    expect(await newestRevision(world.database)).toBe(-1)
    expect(await insertRevision(world.database, revision(1))).toBe('not-next') // before the genesis
    expect(await insertRevision(world.database, { ...revision(0), previous: digestOf('x') })).toBe('not-next')
    expect(await insertRevision(world.database, revision(0))).toBe('inserted')
    expect(await insertRevision(world.database, revision(0))).toBe('taken')
    expect(await insertRevision(world.database, { ...revision(1), previous: null })).toBe('not-next')
    expect(await insertRevision(world.database, revision(1, 7))).toBe('not-next') // another predecessor
    expect(await insertRevision(world.database, revision(2))).toBe('not-next') // a gap
    const both = await Promise.all([
      insertRevision(world.database, revision(1)),
      insertRevision(world.database, revision(1)),
    ])
    expect(both.sort()).toEqual(['inserted', 'taken'])
    expect(await insertRevision(world.database, revision(2, 0))).toBe('not-next') // a digest of the chain, but not the last
    expect(await newestRevision(world.database)).toBe(1)
  })

  it('are read as they were written', async () => {
    expect(await readRevision(world.database, 1)).toEqual({
      ...revision(1),
      signatures: null,
      createdAt: expect.any(Date),
    })
    expect(await readRevision(world.database, 9)).toBeNull()
    expect((await readRevisions(world.database, 0, 9)).map(({ number }) => number)).toEqual([0, 1])
    expect((await readRevisions(world.database, 0, 9, 1)).map(({ number }) => number)).toEqual([0])
  })
})

describe('listening', () => {
  it('tells the present number, and a new one faster than polling', async () => {
    const heard: number[] = []
    const listening = listenRevisions(world.database, number => heard.push(number))
    await until(() => heard.length === 1)
    await new Promise(resolve => setTimeout(resolve, 100))
    await insertRevision(world.database, revision(2))
    expect(await until(() => heard.length === 2)).toBeLessThan(500)
    expect(heard).toEqual([1, 2])
    await listening.stop()
  })

  it('polls where the notification was lost, and listens again after a lost connection', async () => {
    const heard: number[] = []
    const listening = listenRevisions(world.database, number => heard.push(number))
    await until(() => heard.length === 1)
    await world.admin.pool.query(
      "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = 'lienthong revisions' AND datname = current_database()",
    )
    await insertRevision(world.database, revision(3))
    await until(() => heard.length === 2, 2_500)
    await until(() => false, 1_100).catch(() => undefined)
    await insertRevision(world.database, revision(4))
    expect(await until(() => heard.length === 3)).toBeLessThan(500)
    expect(heard).toEqual([2, 3, 4])
    await listening.stop()
    await insertRevision(world.database, revision(5))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(heard).toHaveLength(3)
  })
})
