import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { auditVerify, type FaultWorld, makeFaultWorld, writeConfiguration } from '../support/fault/fault-world.ts'
import { type Armed, type PostgresProxy, startPostgresProxy } from '../support/fault/tcp-proxy.ts'
import { checkLedger, type LedgerEntry } from '../support/ledger/check-ledger.ts'
import { readLanes } from '../support/ledger/check-lanes.ts'
import { entryOf } from '../support/ledger/entry-of.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import { type Answered, type Client, clientOf } from '../support/world/client.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/world/gateway-process.ts'
import { json, startTestProvider, type TestProvider } from '../support/world/test-provider.ts'

const SYSTEM = 'G99.21/records'
const PAGE = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }
const REQUEST = '"kind":"request"'
const RESPONSE = '"kind":"response"'

/** What one call comes to. `forwarded`: how often the provider saw it. */
interface Outcome {
  readonly status: number
  readonly code: string | null
  readonly forwarded: number
}
const answered: Outcome = { status: 200, code: null, forwarded: 1 }
const nothingCrossed: Outcome = { status: 503, code: 'audit-unavailable', forwarded: 0 }
const withheld: Outcome = { status: 503, code: 'response-unrecorded', forwarded: 1 }

/** One commit of records goes wrong; the lane looks at its head, and the caller notices nothing where that tells in time. */
const faults: readonly [name: string, armed: Armed, outcomes: readonly Outcome[]][] = [
  ['cut before the commit of a request', { fault: { kind: 'cut-before' }, holding: REQUEST }, [answered]],
  ['cut within the commit of a request', { fault: { kind: 'cut-within' }, holding: REQUEST }, [answered]],
  ['cut right behind the commit of a request', { fault: { kind: 'cut-after' }, holding: REQUEST }, [answered]],
  ['answer to the commit of a request lost', { fault: { kind: 'swallow' }, holding: REQUEST }, [answered]],
  [
    'commit of a request delayed by a second',
    { fault: { kind: 'delay', millis: 1_000 }, holding: REQUEST },
    [answered],
  ],
  ['cut before the commit of a response', { fault: { kind: 'cut-before' }, holding: RESPONSE }, [answered]],
  ['cut within the commit of a response', { fault: { kind: 'cut-within' }, holding: RESPONSE }, [answered]],
  ['cut right behind the commit of a response', { fault: { kind: 'cut-after' }, holding: RESPONSE }, [answered]],
  ['answer to the commit of a response lost', { fault: { kind: 'swallow' }, holding: RESPONSE }, [answered]],
  // Nobody waits longer than 5 s for a record.
  [
    'commit of a request delayed by 7 s',
    { fault: { kind: 'delay', millis: 7_000 }, holding: REQUEST },
    [nothingCrossed],
  ],
  ['silence behind the commit of a response', { fault: { kind: 'silence' }, holding: RESPONSE }, [withheld]],
  // The hold of the lane is lost as well: whether its last batch still makes it depends on who is back first.
  [
    'answer lost and PostgreSQL out of reach for 2 s',
    { fault: { kind: 'swallow' }, holding: RESPONSE, refuseMillis: 2_000 },
    [answered, withheld],
  ],
  [
    'cut before the commit of a request and PostgreSQL out of reach for 7 s',
    { fault: { kind: 'cut-before' }, holding: REQUEST, refuseMillis: 7_000 },
    [nothingCrossed],
  ],
  // The control lane's own commits: exchanges do not wait for them.
  [
    'answer to a commit of the control lane lost',
    { fault: { kind: 'swallow' }, holding: '"kind":"heads"' },
    [answered],
  ],
  ['cut before a commit of the control lane', { fault: { kind: 'cut-before' }, holding: '"kind":"heads"' }, [answered]],
]

describe('faults between the gateway and PostgreSQL', () => {
  let world: FaultWorld
  let database: FreshDatabase
  let proxy: PostgresProxy
  let provider: TestProvider
  let gateway: GatewayProcess
  let client: Client
  const ledger: LedgerEntry[] = []

  beforeAll(async () => {
    world = await makeFaultWorld()
    database = await freshDatabase()
    const direct = new URL(database.runtimeUrl)
    proxy = await startPostgresProxy({ host: direct.hostname, port: Number(direct.port) })
    provider = await startTestProvider(world.certsDir, json(200, PAGE))
    writeConfiguration(world, { dataCentre: provider.port })
    const through = new URL(direct)
    through.port = String(proxy.port)
    gateway = await startGatewayProcess({ ...world.environment, DATABASE_URL: through.href })
    client = clientOf(world.certsDir, () => gateway.exchangePort, 'G99.21.records')
  })
  afterAll(async () => {
    client.close()
    await gateway.kill()
    await provider.close()
    await proxy.close()
    await database.drop()
    world.remove()
  })

  const verify = () => auditVerify({ ...world.environment, DATABASE_URL: database.runtimeUrl })

  const call = async (): Promise<Answered> => {
    const answer = await client.call(listCall)
    ledger.push(entryOf(SYSTEM, answer))
    return answer
  }

  const callAgainUntilAnswered = async (): Promise<void> => {
    for (let attempt = 0; (await call()).status !== 200; attempt++) {
      if (attempt === 60) throw new Error(`no exchange crosses any more:\n${gateway.log().slice(-2000)}`)
      await sleep(250)
    }
  }

  /** What has no last word yet will have it once its lane is sealed. */
  const findings = async () =>
    checkLedger(ledger, provider.seen, await readLog(database.adminUrl)).filter(
      ({ promise }) => promise !== 'a request without a last word',
    )

  it.each(faults)(
    '%s',
    async (_name, armed, outcomes) => {
      await callAgainUntilAnswered()
      const happened = proxy.happened()
      const before = provider.seen.length
      proxy.arm(armed)
      // Heads are recorded every few seconds, of lanes that grew.
      for (let waited = 0; armed.holding.includes('heads') && proxy.happened() === happened && waited < 100; waited++)
        await sleep(100)
      const { status, json: problem } = await call()
      expect(proxy.happened()).toBe(happened + 1)
      expect(outcomes).toContainEqual({
        status,
        code: status === 200 ? null : problem?.code,
        forwarded: provider.seen.length - before,
      })
      await callAgainUntilAnswered()
      expect(await findings()).toEqual([])
      expect(await verify()).toMatchObject({ code: 0, good: true, findings: [] })
    },
    60_000,
  )

  it('leave every lane sealed once and every exchange with its last word', async () => {
    expect(await gateway.stop()).toBe(0)
    const lanes = await readLanes(database.adminUrl)
    expect(checkLedger(ledger, provider.seen, await readLog(database.adminUrl), lanes)).toEqual([])
    expect(await verify()).toMatchObject({ code: 0, good: true, findings: [] })
  })
})
