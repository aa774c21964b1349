import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeConfiguration } from '../../bench/configuration.ts'
import { allocatedIn } from '../../bench/measure/allocations.ts'
import { type DatabaseFigures, figuresEach } from '../../bench/measure/database.ts'
import { batchesIn, difference, scrape } from '../../bench/measure/scrape.ts'
import { ANSWER_BODY, CONSUMER, REQUEST_BODY } from '../../bench/messages.ts'
import { type Lienthong, startLienthong } from '../../bench/subjects/lienthong.ts'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../../certs-dev/demo-world.ts'
import { makeDevelopmentCertificates } from '../../certs-dev/make-development-certificates.ts'
import { type Client, clientOf } from '../support/world/client.ts'
import { startTestProvider, type TestProvider } from '../support/world/test-provider.ts'

/**
 * What one exchange of 1 KiB there and back costs in figures that do not depend on the machine: one caller, one exchange at a
 * time, so that each record is a commit of its own. A figure above its bound is a cost that somebody added: look whether it is
 * worth it, then raise the bound in the same change. Times are measured by `npm run bench`.
 */
const MOST = {
  /** Both records. */
  leafBytes: 2800,
  /** With the search index. Group commit makes it less under load. */
  walBytes: 6000,
  rowsInserted: 4.5,
  rowsUpdated: 2.5,
  /** Of the gateway's heap, for one exchange, its share of the commits and of the search index. */
  allocatedBytes: 150_000,
} as const

const WARM_UP = 300
const EXCHANGES = 600
/** On a machine that does much else meanwhile. */
const SETUP_MILLIS = 240_000

interface Figures {
  readonly commits: number
  readonly database: DatabaseFigures
  readonly allocatedBytes: number
}

describe('an exchange', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-steady-'))
  const certsDir = join(directory, 'certs')
  let provider: TestProvider
  let gateway: Lienthong
  let client: Client
  let figures: Figures

  beforeAll(async () => {
    const parties = { systems: DEMO_SYSTEMS, officers: DEMO_OFFICERS, gatewayId: DEMO_GATEWAY }
    await makeDevelopmentCertificates({ out: certsDir, ...parties, now: new Date() })
    provider = await startTestProvider(certsDir, (_seen, _request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(ANSWER_BODY) })
      response.end(ANSWER_BODY)
    })
    const configDir = join(directory, 'config')
    writeConfiguration(configDir, provider.port)
    gateway = await startLienthong({
      dataDir: join(directory, 'var'),
      configDir,
      certsDir,
      core: null,
      nodeFlags: ['--trace-gc'],
    })
    client = clientOf(certsDir, () => gateway.port, CONSUMER, { connections: 1 })
    figures = await measure(gateway, client)
  }, SETUP_MILLIS)

  afterAll(async () => {
    client?.close()
    await gateway?.stop()
    await provider?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('is two records and two commits', () => {
    // The control lane adds a record every few seconds.
    expect(Math.round(figures.database.records)).toBe(2)
    expect(figures.commits).toBe(2)
  })

  it.each(['leafBytes', 'walBytes', 'rowsInserted', 'rowsUpdated'] as const)(
    'costs no more %s than its bound',
    name => {
      expect(figures.database[name]).toBeLessThan(MOST[name])
      expect(figures.database[name]).toBeGreaterThan(0)
    },
  )

  it('allocates no more of the heap than its bound', () => {
    expect(figures.allocatedBytes).toBeLessThan(MOST.allocatedBytes)
    expect(figures.allocatedBytes).toBeGreaterThan(0)
  })
})

async function measure(gateway: Lienthong, client: Client): Promise<Figures> {
  const call = async (): Promise<void> => {
    const answer = await client.call({
      method: 'POST',
      path: '/exchange/G99.10/bench/v1/cases',
      headers: { 'content-type': 'application/json', 'exchange-purpose': 'bench' },
      body: REQUEST_BODY,
    })
    if (answer.status !== 200) throw new Error(answer.text)
  }
  const settle = async (): Promise<void> => {
    await gateway.caughtUp()
    // PostgreSQL's sessions tell their counters at most once a second (PGSTAT_MIN_INTERVAL).
    await sleep(1200)
    await call()
    await sleep(1200)
  }
  for (let n = 0; n < WARM_UP; n++) await call()
  await settle()
  const before = {
    figures: await gateway.probe.figures(),
    reading: await scrape(gateway.opsPort),
    output: gateway.output().length,
  }
  for (let n = 0; n < EXCHANGES - 1; n++) await call()
  await settle()
  const after = { figures: await gateway.probe.figures(), reading: await scrape(gateway.opsPort) }
  return {
    commits: batchesIn(difference(before.reading, after.reading)).commits / EXCHANGES,
    database: figuresEach(before.figures, after.figures, EXCHANGES),
    allocatedBytes: allocatedIn(gateway.output().slice(before.output)) / EXCHANGES,
  }
}
