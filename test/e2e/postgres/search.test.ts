import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ExchangeId, RequestId } from '../../../gateway/domain/exchange-id.ts'
import type { LaneName } from '../../../gateway/domain/gateway-id.ts'
import { type Instant, parseInstant } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import type { UnitCode } from '../../../gateway/domain/unit-code.ts'
import { followRecords } from '../../../gateway/edge/postgres/follow-records.ts'
import type { SearchColumns } from '../../../gateway/record/search-columns.ts'
import { PostgresLaneStore } from '../../../gateway/edge/postgres/lane-store.ts'
import { type Page, type SearchFilter, searchRecords } from '../../../gateway/edge/postgres/search-records.ts'
import { batchOf, openLane, openWorld, type World } from './world.ts'

let world: World
let lane: LaneName
const BASE = must(parseInstant('2026-11-22T01:00:00.000001Z'))
const ID = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}` as ExchangeId

const plain: SearchColumns = {
  at: BASE,
  kind: 'request',
  exchangeId: null,
  consumer: 'G99.23/training',
  provider: 'G99.10/data-centre',
  service: 'G99.10/categories/v1',
  operation: 'listProvinces',
  purpose: 'reference-data',
  agreement: 'training-categories',
  decision: 'permit',
  code: null,
  status: null,
  requestId: null,
  revision: 3,
}
const rows: readonly SearchColumns[] = [
  { ...plain, exchangeId: ID(1) },
  { ...plain, kind: 'response', exchangeId: ID(1), status: 200, at: (BASE + 1) as Instant },
  {
    ...plain,
    kind: 'refusal',
    decision: 'refuse',
    code: 'not-permitted',
    consumer: 'G99.22/logistics',
    requestId: 'my-1',
    at: (BASE + 2) as Instant,
  },
  { ...plain, consumer: 'G99.2/one-level-up', at: (BASE + 3) as Instant },
  { ...plain, consumer: 'G99.22.01/below', at: (BASE + 4) as Instant },
  { ...plain, consumer: 'G99.220/beside', at: (BASE + 5) as Instant },
  { ...plain, provider: 'G99.22/inventory', service: 'G99.22/inventory/v1', at: (BASE + 6) as Instant },
  { ...plain, kind: 'tls-failure', consumer: null, provider: null, service: null, at: (BASE + 60_000_000) as Instant },
]
const columnsOf = (leaf: Uint8Array) => JSON.parse(Buffer.from(leaf).toString()) as SearchColumns

beforeAll(async () => {
  world = await openWorld()
  lane = await openLane(world.database)
  const store = new PostgresLaneStore(world.database)
  const leaves = rows.map(row => Buffer.from(JSON.stringify(row)))
  await store.commit(batchOf(lane, 0, rows.length, { leaves, day: '2026-11-22' }))
  await store.close()
})
afterAll(() => world.close())

async function search(filter: SearchFilter): Promise<number[]> {
  const page = must(await searchRecords(world.database, filter, 100))
  return page.records.map(({ index }) => index)
}

describe('the follower', () => {
  it('copies in order, in steps, once', async () => {
    expect(await followRecords(world.database, columnsOf, 5)).toEqual({ copied: 5, more: true, failed: [] })
    expect(await search({})).toEqual([4, 3, 2, 1, 0])
    expect(await followRecords(world.database, columnsOf, 5)).toEqual({ copied: 3, more: false, failed: [] })
    expect(await followRecords(world.database, columnsOf, 5)).toEqual({ copied: 0, more: false, failed: [] })
  })

  it('keeps every column, times to the microsecond', async () => {
    const page = must(await searchRecords(world.database, {}, 100))
    expect(page.records).toEqual(rows.map((row, index) => ({ ...row, lane, index })).reverse())
  })

  it('by several processes at once copies each record once, and a bad lane does not stop the others', async () => {
    const store = new PostgresLaneStore(world.database)
    const [good, bad, holed] = await Promise.all([1, 2, 3].map(() => openLane(world.database)))
    const day = '2026-12-01'
    const leaves = Array.from({ length: 40 }, () => Buffer.from(JSON.stringify({ ...plain, kind: 'heads' })))
    await store.commit(batchOf(bad as LaneName, 0, 1, { leaves: [Buffer.from('{"not":')], day }))
    await store.commit(batchOf(holed as LaneName, 0, 2, { day, leaves: leaves.slice(0, 2) }))
    await world.admin.pool.query(
      'DELETE FROM record WHERE index = 1 AND lane = (SELECT id FROM lane WHERE name = $1)',
      [holed],
    )
    await store.commit(batchOf(good as LaneName, 0, 40, { leaves, day }))
    const steps = await Promise.all([1, 2, 3].map(() => followRecords(world.database, columnsOf, 15)))
    let copied = steps.reduce((sum, step) => sum + step.copied, 0)
    for (
      let step = await followRecords(world.database, columnsOf, 15);
      ;
      step = await followRecords(world.database, columnsOf, 15)
    ) {
      copied += step.copied
      if (step.more) continue
      expect(step.failed.map(failure => failure.lane).sort()).toEqual([bad, holed].sort())
      expect(step.failed.find(failure => failure.lane === holed)?.error.message).toBe('record 1 is missing')
      expect(step.failed.find(failure => failure.lane === bad)?.error.message).toBe('record 0 cannot be read')
      break
    }
    expect(copied).toBe(40)
    expect(await search({ kind: 'heads' })).toHaveLength(40)
    await store.close()
  })
})

describe('searching', () => {
  const table: readonly (readonly [string, SearchFilter, readonly number[]])[] = [
    ['everything of an exchange', { exchangeId: ID(1) }, [1, 0]],
    ['a request id of the caller', { requestId: 'my-1' as RequestId }, [2]],
    ['a code', { code: 'not-permitted' }, [2]],
    ['a decision', { decision: 'refuse' }, [2]],
    ['a kind', { kind: 'tls-failure' }, [7]],
    ['a service', { service: 'G99.22/inventory/v1' }, [6]],
    ['a consumer', { consumer: 'G99.22/logistics' }, [2]],
    ['a unit on either side, with those below and not those beside', { unit: 'G99.22' as UnitCode }, [6, 4, 2]],
    ['a unit above', { unit: 'G99.2' as UnitCode }, [3]],
    ['from, which is included', { from: (BASE + 5) as Instant, kind: 'request' }, [6, 5]],
    ['to, which is not', { to: (BASE + 1) as Instant, kind: 'request' }, [0]],
    ['all at once', { from: BASE, to: (BASE + 9) as Instant, consumer: 'G99.23/training', kind: 'response' }, [1]],
    ['quotes that would end a text', { code: "' OR true --" }, []],
  ]
  for (const [what, filter, found] of table) it(what, async () => expect(await search(filter)).toEqual(found))

  it('pages through everything, newest first', async () => {
    const seen: number[] = []
    const filter = { to: (BASE + 100) as Instant, service: 'G99.10/categories/v1' }
    for (let cursor: string | null = null; ; ) {
      const page: Page = must(await searchRecords(world.database, filter, 2, cursor))
      seen.push(...page.records.filter(record => record.lane === lane).map(({ index }) => index))
      cursor = page.cursor
      if (cursor === null) break
    }
    expect(seen).toEqual([5, 4, 3, 2, 1, 0])
  })

  it('refuses a cursor that is none', async () => {
    for (const cursor of [
      '',
      '1-2',
      '1-2-3-4',
      "1-2-'",
      'zzzzzzzzzzz-1-1',
      '1-zzzzzz-1',
      '1-1-zzzzzzzzzzz',
      '9'.repeat(10_000),
    ])
      expect((await searchRecords(world.database, {}, 10, cursor)).ok).toBe(false)
  })
})
