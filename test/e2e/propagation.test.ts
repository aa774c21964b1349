import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withAgreement, writeRevision } from '../support/refusals/next-revision.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

const PROCESSES = 4
const REVISIONS = 20
/** The promise is 1 s (docs/benchmarks.md has the figures); here machines are shared, and a test must not fail for their sake. */
const LIMIT_MILLIS = 10_000

let world: World
const gateways: GatewayProcess[] = []
beforeAll(async () => {
  world = await startWorld({
    configure: files => {
      for (const name of ['records-categories', 'logistics-categories'].map(id => `agreements/${id}.yaml`))
        files.set(name, (files.get(name) ?? '').replace(/limits: .*/, 'limits: { perMinute: 1000000 }'))
    },
  })
  await world.gateway.stop()
  const environment = (name: string, url: string): Record<string, string> => ({
    ...world.environment,
    GATEWAY_ID: name,
    DATABASE_URL: url,
    DATA_DIR: join(world.directory, name),
    KEYS_DIR: join(world.directory, 'var/keys'),
  })
  const { officeUrl, exchangeUrl } = world.database
  gateways.push(await startGatewayProcess(environment('office', officeUrl), 'office'))
  const names = Array.from({ length: PROCESSES }, (_, n) => `exchange-${n}`)
  gateways.push(
    ...(await Promise.all(names.map(name => startGatewayProcess(environment(name, exchangeUrl), 'exchange')))),
  )
}, 180_000)
afterAll(async () => {
  await Promise.all(gateways.map(gateway => gateway.stop()))
  await world?.close()
}, 120_000)

interface Caller {
  /** What came of each call, the last one last. */
  readonly seen: { readonly at: number; readonly status: number }[]
  /** Connections that it needed. */
  readonly connections: () => number
  stop(): Promise<void>
}

/** Calls one process again and again over one connection that stays open. */
function call(port: number, system: string, pauseMillis: number): Caller {
  const read = (file: string): string => readFileSync(join(world.certsDir, file), 'utf8')
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: read('ca.crt'),
    key: read(`${system}.key`),
    cert: read(`${system}.crt`),
  })
  const seen: { at: number; status: number }[] = []
  let connections = 0
  let stopping = false
  const once = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const path = '/exchange/G99.10/categories/v1/provinces'
      const outgoing = request(
        { host: 'localhost', port, path, agent, headers: { 'Exchange-Purpose': 'reference-data' } },
        incoming => {
          incoming.resume().on('error', reject)
          incoming.on('end', () => resolve(incoming.statusCode ?? 0))
        },
      )
      outgoing.on('socket', () => (connections += outgoing.reusedSocket ? 0 : 1)).on('error', reject)
      outgoing.end()
    })
  const run = async (): Promise<void> => {
    while (!stopping) {
      const status = await once()
      seen.push({ at: performance.now(), status })
      await sleep(pauseMillis)
    }
    agent.destroy()
  }
  const running = run()
  return {
    seen,
    connections: () => connections,
    stop: () => {
      stopping = true
      return running
    },
  }
}

async function eventually(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600 && !(await what()); attempt++) await sleep(50)
  expect(await what()).toBe(true)
}

const revisionOf = async ({ opsPort }: GatewayProcess): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()
  return Number(/^lienthong_revision (\S+)$/m.exec(text)?.[1])
}

describe('a revision', () => {
  it('is effective on open connections of all processes, under load, without one failed exchange', async () => {
    const exchanging = gateways.slice(1)
    // These are what the changes are about; the others must not notice them.
    const watched = exchanging.map(({ exchangePort }) => call(exchangePort, 'G99.22.logistics', 5))
    const load = exchanging.map(({ exchangePort }) => call(exchangePort, 'G99.21.records', 0))
    await eventually(() => watched.every(({ seen }) => seen.length > 0))

    const delays: number[] = []
    for (let n = 1; n <= REVISIONS; n++) {
      const suspended = n % 2 === 1
      const before = watched.map(({ seen }) => seen.length)
      const began = performance.now()
      await writeRevision(world, withAgreement('logistics-categories', { suspended }))
      const changed = ({ seen }: Caller, index: number): number | undefined =>
        seen.slice(before[index]).find(({ status }) => status === (suspended ? 403 : 200))?.at
      await eventually(() => watched.every((caller, index) => changed(caller, index) !== undefined))
      watched.forEach((caller, index) => delays.push((changed(caller, index) ?? Infinity) - began))
    }
    await Promise.all([...watched, ...load].map(caller => caller.stop()))

    delays.sort((a, b) => a - b)
    const percentile = (share: number): number => Math.round(delays[Math.ceil(delays.length * share) - 1] ?? Infinity)
    const figures = { samples: delays.length, p50: percentile(0.5), p99: percentile(0.99) }
    const exchanges = load.reduce((sum, { seen }) => sum + seen.length, 0)
    process.stdout.write(`propagation in ms: ${JSON.stringify({ ...figures, exchanges })}\n`)
    expect(figures.samples).toBe(PROCESSES * REVISIONS)
    expect(figures.p99).toBeLessThan(LIMIT_MILLIS)

    for (const { seen, connections } of load) {
      expect(seen.filter(({ status }) => status !== 200)).toEqual([])
      expect(seen.length).toBeGreaterThan(REVISIONS)
      expect(connections()).toBe(1)
    }
    for (const { seen, connections } of watched) {
      expect(connections()).toBe(1)
      // Suspended or not, and never back: one change of the answer a revision.
      const turns = seen.filter(({ status }, index) => index > 0 && status !== seen[index - 1]?.status)
      expect(turns.map(({ status }) => status)).toEqual(
        Array.from({ length: REVISIONS }, (_, n) => (n % 2 === 0 ? 403 : 200)),
      )
    }
    // The office process obeys it too, and each says so.
    await eventually(async () => (await Promise.all(gateways.map(revisionOf))).every(found => found === REVISIONS))
    for (const { opsPort } of gateways) {
      const ready = (await (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).json()) as { parts: object[] }
      expect(ready.parts).toContainEqual({ part: 'policy', ready: true, detail: `revision ${REVISIONS}` })
    }
  }, 240_000)
})
