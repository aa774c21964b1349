import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LARGE, largeDocument } from '../../bench/large-document.ts'
import type { ConfigurationDocument } from '../../gateway/configuration/document.ts'
import { withAgreement, writeRevision } from '../support/refusals/next-revision.ts'
import { type Client, clientOf } from '../support/world/client.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

/** `npm run test:scale` takes all of it: 10,000 units, 50,000 systems, 2,000 services, 100,000 agreements. */
const SHARE = Number(process.env.SCALE_SHARE ?? 0.01)
const PROCESSES = 2
const CHANGES = 10
const DEADLINE_MILLIS = 240_000

const scaled = (count: number): number => Math.max(1, Math.round(count * SHARE))
const scale = {
  units: scaled(LARGE.units),
  systems: scaled(LARGE.systems),
  services: scaled(LARGE.services),
  agreements: scaled(LARGE.agreements),
}

let world: World
const gateways: GatewayProcess[] = []
const clients: Client[] = []
beforeAll(async () => {
  world = await startWorld()
  await world.gateway.stop()
}, 60_000)
afterAll(async () => {
  for (const client of clients) client.close()
  await Promise.all(gateways.map(gateway => gateway.stop()))
  await world?.close()
}, 120_000)

/** The demo world with a ministry of that size beside it. */
async function grown(): Promise<(document: ConfigurationDocument) => ConfigurationDocument> {
  const { document: large } = await largeDocument(scale)
  const join = <T>(demo: readonly T[], more: readonly T[], id: (object: T) => string): readonly T[] => {
    const there = new Set(demo.map(id))
    return [...demo, ...more.filter(object => !there.has(id(object)))]
  }
  return demo => ({
    ...demo,
    units: join(demo.units, large.units, ({ code }) => code),
    systems: join(demo.systems, large.systems, ({ id }) => id),
    purposes: join(demo.purposes, large.purposes, ({ code }) => code),
    services: join(demo.services, large.services, ({ id }) => id),
    agreements: join(demo.agreements, large.agreements, ({ id }) => id),
  })
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + DEADLINE_MILLIS
  while (!(await what())) {
    if (performance.now() > end) throw new Error('not within its time')
    await sleep(20)
  }
}

const residentMegabytes = ({ pid }: GatewayProcess): number =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)

const call = (client: Client) =>
  client.call({
    path: '/exchange/G99.10/categories/v1/provinces',
    headers: { 'Exchange-Purpose': 'reference-data' },
  })

async function start(name: string, role: 'office' | 'exchange', url: string): Promise<GatewayProcess> {
  const environment = {
    ...world.environment,
    GATEWAY_ID: name,
    DATABASE_URL: url,
    DATA_DIR: join(world.directory, name),
    KEYS_DIR: join(world.directory, 'var/keys'),
  }
  const gateway = await startGatewayProcess(environment, role, 'listening')
  gateways.push(gateway)
  await until(async () => (await fetch(`http://127.0.0.1:${gateway.opsPort}/readyz`).catch(() => null))?.ok === true)
  return gateway
}

describe('a ministry of many units', () => {
  it('starts, exchanges and changes in processes of their own', async () => {
    await writeRevision(world, await grown())
    const { officeUrl, exchangeUrl } = world.database
    const began = performance.now()
    await start('office', 'office', officeUrl)
    const officeReady = performance.now() - began

    const firsts: number[] = []
    for (let n = 0; n < PROCESSES; n++) {
      const started = performance.now()
      const { exchangePort } = await start(`exchange-${n}`, 'exchange', exchangeUrl)
      const client = clientOf(world.certsDir, () => exchangePort, 'G99.22.logistics', { connections: 1 })
      clients.push(client)
      expect((await call(client)).status).toBe(200)
      firsts.push(performance.now() - started)
    }

    const delays: number[] = []
    for (let n = 1; n <= CHANGES; n++) {
      const suspended = n % 2 === 1
      await writeRevision(world, withAgreement('logistics-categories', { suspended }))
      const written = performance.now()
      const seen = clients.map(async client => {
        const expected = suspended ? 403 : 200
        await until(async () => {
          const { status } = await call(client)
          expect([200, 403]).toContain(status)
          return status === expected
        })
        delays.push(performance.now() - written)
      })
      await Promise.all(seen)
    }
    delays.sort((a, b) => a - b)
    const figures = {
      ...scale,
      'office ready, ms': Math.round(officeReady),
      'first exchange, ms from start': firsts.map(Math.round),
      'change to effect, ms (median, most)': [delays[Math.floor(delays.length / 2)], delays.at(-1)].map(ms =>
        Math.round(ms ?? Infinity),
      ),
      'resident, MB (office, exchange...)': gateways.map(residentMegabytes),
    }
    process.stdout.write(`scale: ${JSON.stringify(figures)}\n`)
    expect(delays).toHaveLength(CHANGES * PROCESSES)
    // Ten times what it takes on a quiet machine at full size: a test must not fail for its neighbours' sake.
    expect(delays.at(-1)).toBeLessThan(30_000)
  }, 900_000)
})
