import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { migrate } from '../../../gateway/edge/postgres/migrations/migrate.ts'
import { ensurePartitions } from '../../../gateway/edge/postgres/migrations/partitions.ts'
import { batchOf, openLane, openWorld, type World } from './world.ts'
import { PostgresLaneStore } from '../../../gateway/edge/postgres/lane-store.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

async function partitionsOf(table: string): Promise<string[]> {
  const { rows } = await world.admin.pool.query<{ name: string }>(
    'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
    [table],
  )
  return rows.map(({ name }) => name)
}

async function ensureAt(day: string) {
  const client = new Client({ connectionString: world.fresh.adminUrl })
  await client.connect()
  try {
    await client.query('SET ROLE lienthong_maintenance')
    return await ensurePartitions(client, new Date(`${day}T12:00:00Z`))
  } finally {
    await client.end()
  }
}

/** Every migration, in order. */
const ALL = [
  '2026-11-22-1-log',
  '2026-11-22-2-revision',
  '2026-11-22-3-search',
  '2026-11-22-4-volume',
  '2026-11-22-5-nonce',
  '2026-11-22-6-change',
  '2026-11-22-7-creation',
  '2026-11-22-8-genesis-signatures',
  '2026-11-22-8-replay',
  '2026-11-22-9-session',
  '2026-11-23-1-control-index',
  '2026-11-23-2-witness',
  '2026-11-23-3-timestamp',
  '2026-11-23-4-alert',
  '2026-11-23-9-lane-rights',
]

describe('migrate', () => {
  it('applies nothing the second time', async () => {
    expect(await migrate(world.fresh.adminUrl)).toEqual({ applied: [] })
  })

  it('of an empty database by three processes at once applies each migration once', async () => {
    const name = `empty_${process.pid}`
    await world.admin.pool.query(`CREATE DATABASE ${name}`)
    const url = new URL(world.fresh.adminUrl)
    url.pathname = `/${name}`
    try {
      const all = await Promise.all([1, 2, 3].map(() => migrate(url.href)))
      expect(all.flatMap(({ applied }) => applied)).toEqual(ALL)
    } finally {
      await world.admin.pool.query(`DROP DATABASE ${name} WITH (FORCE)`)
    }
  })

  // A ministry's cluster gives no superuser: its owner of the database has CREATEROLE only.
  it('works for a database owner that is no superuser', async () => {
    const name = `owned_${process.pid}`
    await world.admin.pool.query(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD 'secret'`)
    for (const role of ['exchange', 'office', 'auditor', 'maintenance'])
      await world.admin.pool.query(`GRANT lienthong_${role} TO ${name} WITH ADMIN OPTION`)
    await world.admin.pool.query(`CREATE DATABASE ${name} OWNER ${name}`)
    const url = new URL(world.fresh.adminUrl)
    url.pathname = `/${name}`
    url.username = name
    url.password = 'secret'
    try {
      expect((await migrate(url.href)).applied).toEqual(ALL)
      expect((await migrate(url.href)).applied).toHaveLength(0)
    } finally {
      await world.admin.pool.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await world.admin.pool.query(`DROP ROLE ${name}`)
    }
  })
})

describe('monthly partitions', () => {
  it('are made for this month and two ahead, over the turn of a year, once', async () => {
    await ensureAt('2030-11-30')
    expect((await ensureAt('2030-12-31')).created).toEqual(['record_2031_02', 'record_search_2031_02'])
    expect((await ensureAt('2030-12-31')).created).toEqual([])
    const made = (await partitionsOf('record')).filter(name => /203[01]/.test(name))
    expect(made).toEqual(['record_2030_11', 'record_2030_12', 'record_2031_01', 'record_2031_02'])
  })

  it('hold each day where it belongs', async () => {
    const store = new PostgresLaneStore(world.database)
    const lane = await openLane(world.database)
    const days = ['2030-11-01', '2030-11-30', '2030-12-01', '2031-02-28']
    for (const [i, day] of days.entries()) await store.commit(batchOf(lane, i, 1, { day }))
    const { rows } = await world.admin.pool.query<{ day: string; place: string }>(
      'SELECT day, tableoid::regclass::text AS place FROM record WHERE lane = (SELECT id FROM lane WHERE name = $1) ORDER BY index',
      [lane],
    )
    expect(rows.map(({ place }) => place)).toEqual([
      'record_2030_11',
      'record_2030_11',
      'record_2030_12',
      'record_2031_02',
    ])
    await store.close()
  })

  // Maintenance was forgotten: the writes happen all the same, and are adopted without being copied or lost.
  it('that were missing are made of what fell into the default', async () => {
    const store = new PostgresLaneStore(world.database)
    const lane = await openLane(world.database)
    for (const [i, day] of ['2040-03-05', '2040-04-06'].entries())
      expect(
        (
          await store.commit(
            batchOf(lane, i, 2, { from: { size: i * 2, epoch: 1 }, to: { ...batchOf(lane, i * 2, 2).to }, day }),
          )
        ).committed,
      ).toBe(true)
    const ensured = await ensureAt('2040-04-07')
    expect(ensured.adopted).toEqual(['record_2040_03_2040_04'])
    expect(ensured.created).toEqual([
      'record_2040_05',
      'record_2040_06',
      'record_search_2040_04',
      'record_search_2040_05',
      'record_search_2040_06',
    ])
    expect(await store.readLeaves(lane, 0, 4)).toHaveLength(4)
    expect((await store.commit(batchOf(lane, 4, 1, { day: '2040-04-30' }))).committed).toBe(true)
    expect((await ensureAt('2040-04-07')).adopted).toEqual([])
    expect(await partitionsOf('record')).toContain('record_default')
    await store.close()
  })
})
