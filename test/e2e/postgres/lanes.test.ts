import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { newLaneName } from '../../../gateway/domain/gateway-id.ts'
import { holdLane, isOwnerGone } from '../../../gateway/edge/postgres/lane-hold.ts'
import { insertLane, listLanes, setLaneState } from '../../../gateway/edge/postgres/lanes.ts'
import { GATEWAY, newLane, openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('lanes', () => {
  it('are inserted once and listed as they are', async () => {
    const lane = newLane()
    expect(await insertLane(world.database, lane)).toBe(true)
    expect(await insertLane(world.database, { ...newLane(lane.name), checkpoint: 'another' })).toBe(false)
    const listed = (await listLanes(world.database)).find(({ name }) => name === lane.name)
    expect(listed).toEqual({ ...lane, size: 0, epoch: 1, openedAt: expect.any(Date) })
  })

  it('change state only from the state that the caller saw', async () => {
    const { name } = newLane()
    await insertLane(world.database, newLane(name))
    expect(await setLaneState(world.database, name, 'open', 'sealing')).toBe(false)
    const both = await Promise.all([1, 2].map(() => setLaneState(world.database, name, 'opening', 'open')))
    expect(both.sort()).toEqual([false, true])
    expect((await listLanes(world.database, ['open'])).map(lane => lane.name)).toContain(name)
    expect((await listLanes(world.database, ['sealed', 'sealing'])).map(lane => lane.name)).not.toContain(name)
  })
})

describe('a hold', () => {
  it('has one owner, shows him alive, and is free after release', async () => {
    const lane = newLaneName(GATEWAY)
    expect(await isOwnerGone(world.database, lane)).toBe(true)
    const hold = await holdLane(world.database, lane)
    expect(await isOwnerGone(world.database, lane)).toBe(false)
    expect(await isOwnerGone(world.database, newLaneName(GATEWAY))).toBe(true)
    expect(await holdLane(world.database, lane)).toBeNull()
    await hold?.release()
    expect(await isOwnerGone(world.database, lane)).toBe(true)
    const next = await holdLane(world.database, lane)
    expect(next).not.toBeNull()
    await next?.release()
  })

  it('survives being looked at by many', async () => {
    const lane = newLaneName(GATEWAY)
    const glances = Array.from({ length: 20 }, () => isOwnerGone(world.database, lane))
    const hold = await holdLane(world.database, lane)
    await Promise.all(glances)
    expect(hold).not.toBeNull()
    await hold?.release()
  })

  it('tells its owner when it is lost', async () => {
    const lane = newLaneName(GATEWAY)
    const hold = await holdLane(world.database, lane)
    await world.admin.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      `hold ${lane}`,
    ])
    await hold?.lost
    // The server lets go of its locks a moment behind the connection.
    for (let n = 0; n < 100 && !(await isOwnerGone(world.database, lane)); n++) await sleep(20)
    expect(await isOwnerGone(world.database, lane)).toBe(true)
  })
})
