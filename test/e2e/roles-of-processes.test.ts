import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshDatabase } from '../support/database.ts'
import { query } from '../support/ledger/read-log.ts'
import { clientOf } from '../support/world/client.ts'
import { type GatewayProcess, runCommand, startGatewayProcess } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

let world: World
const started: GatewayProcess[] = []
beforeAll(async () => {
  world = await startWorld()
  // Its genesis stays; from here on the planes are processes of their own.
  await world.gateway.stop()
}, 120_000)
afterAll(async () => {
  await Promise.all(started.map(gateway => gateway.stop()))
  await world?.close()
}, 120_000)

/** A process with its own login, its own DATA_DIR, and the keys of all. */
const environmentOf = (role: 'exchange' | 'office', name: string): Record<string, string> => ({
  ...world.environment,
  GATEWAY_ID: name,
  DATABASE_URL: role === 'exchange' ? world.database.exchangeUrl : world.database.officeUrl,
  DATA_DIR: join(world.directory, name),
  KEYS_DIR: join(world.directory, 'var/keys'),
})

async function start(
  role: 'exchange' | 'office',
  name: string,
  until: 'ready' | 'listening' = 'ready',
): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(environmentOf(role, name), role, until)
  started.push(gateway)
  return gateway
}

interface Ready {
  readonly ready: boolean
  readonly parts: readonly { readonly part: string; readonly ready: boolean; readonly detail: string }[]
}
const readiness = async ({ opsPort }: GatewayProcess): Promise<Ready> =>
  (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).json() as Promise<Ready>

async function eventually(what: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await what()) return
    await sleep(100)
  }
  throw new Error('it did not come about within a minute')
}

describe('an exchange process', () => {
  it('waits for an office process: nothing crosses, and it says why; then it goes on by itself', async () => {
    const exchange = await start('exchange', 'exchange-1', 'listening')
    const waiting = await readiness(exchange)
    expect(waiting.ready).toBe(false)
    expect(waiting.parts).toContainEqual({
      part: 'audit log',
      ready: false,
      detail: 'the lane waits for an office process to endorse it (serve --role office)',
    })
    expect(exchange.log()).toContain('nobody has endorsed the lane of this process for 10 s')
    const client = clientOf(world.certsDir, () => exchange.exchangePort, 'G99.21.records')
    const call = {
      path: '/exchange/G99.10/categories/v1/provinces',
      headers: { 'Exchange-Purpose': 'reference-data' },
    }
    const crossed = world.provider.seen.length
    expect(await client.call(call)).toMatchObject({ status: 503, json: { code: 'audit-unavailable' } })
    expect(world.provider.seen).toHaveLength(crossed)

    const office = await start('office', 'office-1')
    expect(office.exchangePort).toBeNull()
    expect(office.officePort).toBeGreaterThan(0)
    expect(exchange.officePort).toBeNull()
    await eventually(async () => (await readiness(exchange)).ready)
    expect(await client.call(call)).toMatchObject({ status: 200 })
    expect((await readiness(exchange)).parts).toContainEqual({
      part: 'control lane',
      ready: true,
      detail: 'written by another process',
    })
    client.close()
  }, 120_000)

  it('counts what alerts are judged by, and the office process adds up what several have counted', async () => {
    const both = [started.find(({ exchangePort }) => exchangePort !== null), await start('exchange', 'exchange-4')]
    for (const gateway of both) {
      const client = clientOf(world.certsDir, () => gateway?.exchangePort ?? 0, 'G99.23.training')
      const refused = {
        path: '/exchange/G99.10/categories/v1/provinces/01',
        headers: { 'Exchange-Purpose': 'reference-data' },
      }
      // Below the default limit of 100 for each, above it for both.
      const answers = await Promise.all(Array.from({ length: 60 }, () => client.call(refused)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]))
      client.close()
    }
    const raised = () =>
      query(world.database.adminUrl, async client => {
        const found = await client.query<{ subject: string }>("SELECT subject FROM alert WHERE rule = 'refusal-spike'")
        return found.rows.map(({ subject }) => subject)
      })
    await eventually(async () => (await raised()).length > 0)
    expect(await raised()).toEqual(['G99.23/training'])
    expect(await both[1]?.stop()).toBe(0)
  }, 120_000)

  it('leaves its lane to the office process, which seals it; the log verifies', async () => {
    const exchange = await start('exchange', 'exchange-2')
    expect(await exchange.stop()).toBe(0)
    const office = started.find(({ officePort }) => officePort !== null)
    await eventually(() => office?.log().includes('"lane":"exchange-2.') === true)
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
  }, 120_000)
})

describe('the login of a process', () => {
  const serve = (role: string, url: string): ReturnType<typeof runCommand> =>
    runCommand(['serve', '--role', role], { ...environmentOf('exchange', 'nobody'), DATABASE_URL: url, OPS_PORT: '0' })

  it('must be able to do what its role does', async () => {
    const office = await serve('office', world.database.exchangeUrl)
    expect(office.code).toBe(2)
    expect(office.stderr).toContain('INSERT revision')
    expect(office.stderr).toContain('make it a member of lienthong_office for --role office')
    const exchange = await serve('exchange', world.database.officeUrl)
    expect(exchange.code).toBe(2)
    expect(exchange.stderr).toContain('INSERT nonce')
  }, 60_000)

  it('is warned of where it may do more', async () => {
    const both = { ...environmentOf('exchange', 'exchange-3'), DATABASE_URL: world.database.runtimeUrl }
    const gateway = await startGatewayProcess(both, 'exchange')
    started.push(gateway)
    const line = gateway
      .log()
      .split('\n')
      .find(text => text.includes('may do more than this process needs'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'warn',
      excess: expect.arrayContaining(['INSERT revision', 'SELECT change', 'INSERT officer_event']),
    })
    for (const own of started.slice(0, 3)) expect(own.log()).not.toContain('may do more')
  }, 60_000)

  it('of an exchange process cannot make the genesis', async () => {
    const empty = await freshDatabase()
    const refused = await serve('exchange', empty.exchangeUrl)
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.stderr).toContain('start an office process first')
    await empty.drop()
  }, 60_000)
})
