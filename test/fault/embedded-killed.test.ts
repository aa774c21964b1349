import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readPostmasterPid } from '../../gateway/edge/postgres/embedded/postmaster-pid.ts'
import { startEmbedded } from '../../gateway/edge/postgres/embedded/start.ts'
import { auditVerify, type FaultWorld, makeFaultWorld, writeConfiguration } from '../support/fault/fault-world.ts'
import { checkLedger, type LedgerEntry } from '../support/ledger/check-ledger.ts'
import { readLanes } from '../support/ledger/check-lanes.ts'
import { entryOf } from '../support/ledger/entry-of.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import { type Client, clientOf } from '../support/world/client.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/world/gateway-process.ts'
import { json, startTestProvider, type TestProvider } from '../support/world/test-provider.ts'

const PAGE = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }

/** docs/operations.md: a gateway does not bring its embedded database back; a restart of the gateway does. */
describe('the embedded database is killed under a running gateway', () => {
  let world: FaultWorld
  let provider: TestProvider
  let gateway: GatewayProcess
  let client: Client
  const ledger: LedgerEntry[] = []

  beforeAll(async () => {
    world = await makeFaultWorld()
    provider = await startTestProvider(world.certsDir, json(200, PAGE))
    writeConfiguration(world, { dataCentre: provider.port })
    gateway = await startGatewayProcess(world.environment)
    client = clientOf(world.certsDir, () => gateway.exchangePort, 'G99.21.records')
  })
  afterAll(async () => {
    client.close()
    await gateway.stop()
    await provider.close()
    await (await startEmbedded({ dataDirectory: world.dataDir })).stop()
    world.remove()
  })

  const call = async (): Promise<number> => {
    const answered = await client.call(listCall)
    ledger.push(entryOf('G99.21/records', answered))
    return answered.status
  }

  it('refuses with 503 and is not ready, but lives', async () => {
    expect(await call()).toBe(200)
    const found = await readPostmasterPid(join(world.dataDir, 'pgdata'))
    process.kill(found?.pid ?? 0, 'SIGKILL')
    await sleep(500)
    expect(await call()).toBe(503)
    const at = (path: string) => fetch(`http://127.0.0.1:${gateway.opsPort}${path}`)
    expect((await at('/livez')).status).toBe(200)
    expect((await at('/readyz')).status).toBe(503)
    expect(provider.seen).toHaveLength(1)
  })

  it('ends on SIGTERM all the same', async () => {
    const before = Date.now()
    // 1 where the keeper of the control lane had not noticed yet that it has no database.
    expect([0, 1]).toContain(await gateway.stop())
    expect(Date.now() - before).toBeLessThan(15_000)
  })

  it('goes on behind a restart, with nothing lost', async () => {
    gateway = await startGatewayProcess(world.environment)
    expect(gateway.log()).toContain('recovered the database')
    expect(await call()).toBe(200)
    expect(await auditVerify(world.environment)).toMatchObject({ code: 0, good: true, findings: [] })

    expect(await gateway.stop()).toBe(0)
    const server = await startEmbedded({ dataDirectory: world.dataDir })
    const lanes = await readLanes(server.adminUrl)
    expect(checkLedger(ledger, provider.seen, await readLog(server.adminUrl), lanes)).toEqual([])
    expect(lanes.map(({ state }) => state).sort()).toEqual(['open', 'sealed', 'sealed'])
  })
})
