import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readLog } from '../support/ledger/read-log.ts'
import type { Client } from '../support/world/client.ts'
import { lockRecords } from '../support/world/lock-records.ts'
import { json } from '../support/world/test-provider.ts'
import { startWorld, type World } from '../support/world/world.ts'

/** Promise 1: no payload crosses before its record is durable. */
describe('nothing crosses before its record is durable', () => {
  let world: World
  let records: Client
  const list = { path: '/exchange/G99.10/categories/v1/provinces', headers: { 'exchange-purpose': 'reference-data' } }
  const answer = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }

  beforeAll(async () => {
    world = await startWorld()
    records = world.client('G99.21.records')
  })
  afterAll(() => world.close())

  const kindsOf = async (exchange: string): Promise<readonly string[]> =>
    (await readLog(world.database.adminUrl)).filter(record => record.exchange === exchange).map(({ kind }) => kind)

  it('has committed the request record when the provider sees the request', async () => {
    let stored: readonly string[] = []
    world.provider.answer = async (seen, request, response) => {
      stored = await kindsOf(String(seen.headers['exchange-id']))
      await json(200, answer)(seen, request, response)
    }
    expect((await records.call(list)).status).toBe(200)
    expect(stored).toEqual(['request'])
  })

  it('has committed the response record when the caller sees the answer', async () => {
    world.provider.answer = json(200, answer)
    const answered = await records.call(list)
    expect(answered.status).toBe(200)
    expect(await kindsOf(String(answered.headers['exchange-id']))).toEqual(['request', 'response'])
  })

  it('forwards nothing and answers 503 audit-unavailable while the log cannot be written', async () => {
    world.provider.answer = json(200, answer)
    const before = world.provider.seen.length
    const release = await lockRecords(world.database.adminUrl)
    const answered = await records.call(list)
    const crossed = world.provider.seen.length - before
    await release()
    expect({ status: answered.status, code: answered.json?.code, crossed }).toEqual({
      status: 503,
      code: 'audit-unavailable',
      crossed: 0,
    })
    expect((await retried(() => records.call(list))).status).toBe(200)
  }, 60_000)

  it('withholds the answer and says response-unrecorded where the response cannot be recorded', async () => {
    let release: () => Promise<void> = async () => undefined
    world.provider.answer = async (seen, request, response) => {
      release = await lockRecords(world.database.adminUrl)
      await json(200, answer)(seen, request, response)
    }
    const answered = await records.call(list)
    await release()
    expect({ status: answered.status, code: answered.json?.code }).toEqual({ status: 503, code: 'response-unrecorded' })
    expect(answered.text).not.toContain('Hà Nội')
    world.provider.answer = json(200, answer)
    expect((await retried(() => records.call(list))).status).toBe(200)
  }, 60_000)

  it('leaves a log that verifies', async () => {
    expect(await world.verify()).toMatchObject({ code: 0, good: true, findings: [] })
  })
})

/** A lane in doubt needs a moment to learn what became of its batch. */
async function retried<T extends { status: number }>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const answered = await call()
    if (answered.status !== 503 || attempt === 20) return answered
    await new Promise(resolve => setTimeout(resolve, 250))
  }
}
