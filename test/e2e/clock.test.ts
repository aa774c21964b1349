import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { query, readLog } from '../support/ledger/read-log.ts'
import { eventually } from '../support/refusals/scene.ts'
import { shiftedClock, type ShiftedClock } from '../support/clock/shifted-clock.ts'
import type { Client } from '../support/world/client.ts'
import { startWorld, type World } from '../support/world/world.ts'

/** TM-1 with a real gateway whose system clock is wrong: a library loaded before it shifts what it sees of the time. Linux only. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('a gateway whose clock is wrong', () => {
  let clock: ShiftedClock
  let world: World
  let client: Client

  beforeAll(async () => {
    clock = shiftedClock()
    world = await startWorld({ environment: clock.environment })
    client = world.client('G99.21.records')
  }, 60_000)
  afterAll(async () => {
    clock.shift(0)
    await world.close()
    clock.close()
  })

  const call = () =>
    client.call({
      path: '/exchange/G99.10/categories/v1/provinces',
      headers: { 'exchange-purpose': 'reference-data' },
    })
  const ops = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${world.gateway.opsPort}${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  const drift = async () =>
    Number(/^lienthong_clock_drift_seconds{against="database"} (.+)$/m.exec((await ops('/metrics')).text)?.[1])
  const alertsOf = (rule: string) =>
    query(world.database.adminUrl, async database => {
      const found = await database.query<{ ended: boolean }>(
        'SELECT ended_at IS NOT NULL AS ended FROM alert WHERE rule = $1',
        [rule],
      )
      return found.rows
    })

  it('agrees with the database at first', async () => {
    expect((await call()).status).toBe(200)
    expect(Math.abs(await drift())).toBeLessThan(1)
    expect(await alertsOf('clock-drift')).toEqual([])
  })

  it('by 3 s: an alert, and exchanges go on', async () => {
    clock.shift(3_000)
    const seconds = await eventually(drift, found => found > 2, 15_000)
    expect(seconds).toBeLessThan(4)
    await eventually(
      () => alertsOf('clock-drift'),
      found => found.some(({ ended }) => !ended),
      15_000,
    )
    expect((await call()).status).toBe(200)
  }, 40_000)

  it('by 60 s: nothing is signed and nothing crosses, until it is right again', async () => {
    const before = await eventually(call, ({ status }) => status === 200).then(() => world.provider.seen.length)
    clock.shift(60_000)
    const refused = await eventually(call, ({ status }) => status === 503, 15_000)
    expect(refused.json?.code).toBe('clock-unreliable')
    // What crossed while the step was not noticed yet did so at a time that was off; behind that, nothing.
    const crossed = world.provider.seen.length
    const size = (await readLog(world.database.adminUrl)).length
    for (let n = 0; n < 5; n++) expect((await call()).json?.code).toBe('clock-unreliable')
    // A refusal is a record too: it cannot be told, and so it is none.
    const unknown = await world.client('G99.23.training').call({
      path: '/exchange/G99.10/categories/v1/provinces/01',
      headers: { 'exchange-purpose': 'reference-data' },
    })
    expect([unknown.status, unknown.json?.code]).toEqual([503, 'audit-unavailable'])
    expect(world.provider.seen).toHaveLength(crossed)
    expect((await readLog(world.database.adminUrl)).length).toBe(size)
    expect(crossed).toBeGreaterThanOrEqual(before)
    const ready = await ops('/readyz')
    expect(ready.status).toBe(503)
    expect(ready.text).toMatch(/clock/)

    clock.shift(0)
    await eventually(call, ({ status }) => status === 200, 15_000)
    await eventually(
      () => alertsOf('clock-drift'),
      found => found.every(({ ended }) => ended),
      15_000,
    )
    expect((await world.verify()).good).toBe(true)
  }, 60_000)

  it('before it starts: it does not sign either, and starts when it is right', async () => {
    await world.gateway.stop()
    clock.shift(-60_000)
    const size = (await readLog(world.database.adminUrl)).length
    const restarting = world.restart()
    // Its lane waits for the control lane, which it could have signed by now.
    const waiting = () => query(world.database.adminUrl, async database => (await database.query(WAITING)).rows.length)
    await eventually(waiting, lanes => lanes > 0, 15_000)
    expect((await readLog(world.database.adminUrl)).length).toBe(size)
    clock.shift(0)
    await restarting
    await eventually(call, ({ status }) => status === 200, 15_000)
  }, 60_000)
})

const WAITING = "SELECT 1 FROM lane WHERE state = 'opening'"
