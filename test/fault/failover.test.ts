import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { demandDurability } from '../../gateway/cli/serve/demand-durability.ts'
import { checkDurability } from '../../gateway/edge/postgres/check-durability.ts'
import { openDatabase } from '../../gateway/edge/postgres/database.ts'
import { auditVerify, type FaultWorld, makeFaultWorld, writeConfiguration } from '../support/fault/fault-world.ts'
import { type PostgresProxy, startPostgresProxy } from '../support/fault/tcp-proxy.ts'
import { checkLedger, type LedgerEntry } from '../support/ledger/check-ledger.ts'
import { readLanes } from '../support/ledger/check-lanes.ts'
import { entryOf } from '../support/ledger/entry-of.ts'
import { query, readLog } from '../support/ledger/read-log.ts'
import { startLoad } from '../support/load/closed-loop.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import { type Member, startStreamingPair, type StreamingPair } from '../support/postgres/streaming-pair.ts'
import { waitFor } from '../support/postgres/wait-for.ts'
import { type Client, clientOf } from '../support/world/client.ts'
import { type GatewayProcess, runCommand, startGatewayProcess } from '../support/world/gateway-process.ts'
import { json, startTestProvider, type TestProvider } from '../support/world/test-provider.ts'

const PAGE = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }
const SYSTEM = 'G99.21/records'

let world: FaultWorld
let provider: TestProvider
beforeAll(async () => {
  world = await makeFaultWorld()
  provider = await startTestProvider(world.certsDir, json(200, PAGE))
  writeConfiguration(world, { dataCentre: provider.port })
})
afterAll(async () => {
  await provider.close()
  world.remove()
})

interface Ready {
  readonly parts: readonly { readonly part: string; readonly ready: boolean; readonly detail: string }[]
}
const partOf = async ({ opsPort }: GatewayProcess, name: string) => {
  const { parts } = (await (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).json()) as Ready
  return parts.find(({ part }) => part === name)
}

/** Calls, and a ledger of what came of them. */
function callerOf(client: Client) {
  const ledger: LedgerEntry[] = []
  return {
    ledger,
    async call(): Promise<LedgerEntry> {
      const entry = entryOf(SYSTEM, await client.call(listCall).catch(() => null))
      ledger.push(entry)
      return entry
    },
    async callUntilAnswered(log: () => string): Promise<void> {
      await waitFor(async () => (await this.call()).status === 200, log)
    },
  }
}

/** Lanes of a member as a superuser sees them. */
const lanesOf = ({ adminUrl }: Member) =>
  query(adminUrl, async client => {
    const text = 'SELECT name, kind, state, size::int FROM lane ORDER BY id'
    return (await client.query<{ name: string; kind: string; state: string; size: number }>(text)).rows
  })
const controlSizeOf = async (member: Member): Promise<number> =>
  (await lanesOf(member)).find(({ kind }) => kind === 'control')?.size ?? 0

describe('an asynchronous standby', () => {
  let pair: StreamingPair
  let office: GatewayProcess
  let exchange: GatewayProcess
  let client: Client
  let caller: ReturnType<typeof callerOf>

  const environmentOf = (role: 'exchange' | 'office', name: string): Record<string, string> => ({
    ...world.environment,
    GATEWAY_ID: name,
    DATABASE_URL: pair.urlOf(role),
    DATA_DIR: join(world.directory, name),
    KEYS_DIR: join(world.directory, 'keys'),
  })
  const startOffice = (name: string, until: 'ready' | 'listening' = 'ready') =>
    startGatewayProcess(environmentOf('office', name), 'office', until)
  /** With the exchange process's kept heads, as an operator would. */
  const verify = (name: string) => auditVerify({ ...environmentOf('exchange', name), DATABASE_URL: pair.urlOf('all') })

  beforeAll(async () => {
    pair = await startStreamingPair(join(world.directory, 'asynchronous'), false)
    office = await startOffice('office-1')
    exchange = await startGatewayProcess(environmentOf('exchange', 'exchange-1'), 'exchange')
    client = clientOf(world.certsDir, () => exchange.exchangePort, 'G99.21.records')
    caller = callerOf(client)
  }, 120_000)
  afterAll(async () => {
    client?.close()
    await Promise.all([exchange?.kill(), office?.kill()])
    await pair?.stop()
  })

  it('without a synchronous quorum: the doctor says it, and production does not start', async () => {
    const database = openDatabase(pair.urlOf('exchange'), { name: 'test' })
    const warnings: unknown[] = []
    const log = { warn: (message: string, fields?: object) => void warnings.push([message, fields]) }
    const doctor = await runCommand(['doctor', '--json'], environmentOf('exchange', 'exchange-1'))
    expect((JSON.parse(doctor.stdout) as { results: unknown[] }).results).toContainEqual({
      state: 'wrong',
      what: 'database synchronous_standby_names',
      detail: expect.stringMatching(/^is empty, and there are 1 standbys: .* Name a quorum/),
    })
    await expect(demandDurability(database, 'production', log)).rejects.toThrow(
      /may lose what was committed: synchronous_sta/,
    )
    expect(warnings).toEqual([])
    await demandDurability(database, 'development', log)
    expect(warnings).toHaveLength(1)
    expect(office.log()).toContain('the database may lose what was committed')
    await database.close()
  })

  /** Answered to callers, and on the primary alone. */
  const lost: LedgerEntry[] = []
  let lane = ''
  let kept = 0

  it('promoted without the last commits: the lane ends, the operator is told which records have gone, a new lane goes on', async () => {
    for (let n = 0; n < 3; n++) expect(await caller.call()).toMatchObject({ status: 200 })
    // The control lane holds all it will say for now: what gets lost below is the data lane's alone.
    expect(await office.stop()).toBe(0)
    await pair.caughtUp()
    await pair.stopStreaming()
    for (let n = 0; n < 3; n++) lost.push(await caller.call())
    expect(lost.map(({ status }) => status)).toEqual([200, 200, 200])
    lane = /lane="([^"]+)"/.exec(lost[0]?.receipt ?? '')?.[1] ?? ''
    kept = (await lanesOf(pair.first)).find(({ name }) => name === lane)?.size ?? 0
    expect(kept).toBe(12)

    await pair.first.kill()
    await pair.promote()
    pair.pointTo(pair.second)
    expect((await lanesOf(pair.second)).find(({ name }) => name === lane)).toMatchObject({ size: 6 })
    office = await startOffice('office-1')
    await caller.callUntilAnswered(() => exchange.log())

    await waitFor(
      () => exchange.log().includes('have gone from the database'),
      () => exchange.log(),
    )
    const told = exchange
      .log()
      .split('\n')
      .find(line => line.includes('have gone from the database'))
    expect(JSON.parse(told ?? '{}')).toMatchObject({ level: 'error', lane, from: 6, to: 11 })
    const metrics = await (await fetch(`http://127.0.0.1:${exchange.opsPort}/metrics`)).text()
    expect(metrics).toContain('lienthong_lost_records_total 6')
  }, 60_000)

  it('nothing is signed twice: the old lane stays as it is, and every answer since is of another lane', async () => {
    await waitFor(async () => (await lanesOf(pair.second)).find(({ name }) => name === lane)?.state === 'sealed')
    expect((await lanesOf(pair.second)).find(({ name }) => name === lane)).toMatchObject({ size: 6 })
    for (const { receipt, status } of caller.ledger.slice(6)) if (status === 200) expect(receipt).not.toContain(lane)
    // What was answered and lost is found; two roots for one size, or a second forwarding, would be another finding.
    const findings = checkLedger(caller.ledger, provider.seen, await readLog(pair.second.adminUrl))
    const exchanges = lost.map(({ exchange: id }) => id)
    expect(findings.filter(({ exchange: id }) => !exchanges.includes(id) && !id.startsWith(lane))).toEqual([])
    expect(new Set(findings.map(({ promise }) => promise))).toEqual(
      new Set([
        'forwarded without a request record',
        'answered without a response record',
        'a receipt without its record',
      ]),
    )
  })

  it('audit verify finds the loss by the kept head, and names each exchange by the receipts of the parties', async () => {
    expect(await verify('exchange-1')).toMatchObject({
      code: 1,
      findings: [
        { lane, kind: 'head-behind-kept', detail: '6 leaves are stored, 12 in the head kept beside the database' },
      ],
    })
    const file = join(world.directory, 'receipts')
    const answered = caller.ledger.filter(({ receipt, status }) => receipt !== null && status === 200)
    writeFileSync(file, answered.map(({ exchange: id, receipt }) => `${id} ${receipt}\n`).join(''))
    const environment = { ...environmentOf('exchange', 'exchange-1'), DATABASE_URL: pair.urlOf('all') }
    const named = await runCommand(['audit', 'verify', '--json', '--receipts', file], environment)
    expect(named.code).toBe(1)
    const { findings } = JSON.parse(named.stdout) as { findings: { kind: string; exchange?: string; index?: number }[] }
    expect(findings.filter(({ kind }) => kind === 'receipt-without-record').map(({ exchange: id }) => id)).toEqual(
      lost.map(({ exchange: id }) => id),
    )
    expect(findings.filter(({ kind }) => kind === 'receipt-differs' || kind === 'receipt-unsigned')).toEqual([])
    const inWords = await runCommand(['audit', 'verify', '--receipts', file], environment)
    for (const { exchange: id } of lost)
      expect(inWords.stdout).toContain(
        `receipt-without-record: the receipt of exchange ${id}: its record was confirmed`,
      )
  }, 30_000)

  it('pointed back to the old primary: the control lane is behind, nothing crosses, and it says so', async () => {
    await pair.first.start()
    const forwarded = provider.seen.length
    expect(await controlSizeOf(pair.first)).toBeLessThan(await controlSizeOf(pair.second))
    pair.pointTo(pair.first)
    await waitFor(
      () => office.log().includes('head-behind: '),
      () => office.log(),
    )
    await waitFor(
      async () => (await partOf(exchange, 'audit log'))?.ready === false,
      () => exchange.log(),
    )
    expect(await partOf(office, 'control lane')).toMatchObject({ ready: false, detail: /^head-behind: \d+ leaves/ })
    expect(await caller.call()).toMatchObject({ status: 503, problem: 'audit-unavailable' })
    expect(provider.seen).toHaveLength(forwarded)
    expect(await verify('office-1')).toMatchObject({
      code: 1,
      findings: expect.arrayContaining([expect.objectContaining({ lane: 'control', kind: 'head-behind-kept' })]),
    })
  }, 60_000)

  it('pointed to the right one again: the control lane goes on; exchanges wait for two officers, because there was another log', async () => {
    pair.pointTo(pair.second)
    await waitFor(
      async () => (await partOf(office, 'control lane'))?.ready === true,
      () => office.log(),
    )
    expect(office.log()).toContain('exchanges are stopped: there was another log than the one that is here')
    const forwarded = provider.seen.length
    expect(await caller.call()).toMatchObject({ status: 503 })
    expect(provider.seen).toHaveLength(forwarded)
    expect((await verify('office-1'))?.findings).toEqual([])
  }, 60_000)

  it('a fork, because a stranger goes on with the old primary: refused on both sides, and named', async () => {
    expect(await exchange.stop()).toBe(0)
    expect(await office.stop()).toBe(0)
    const behind = await controlSizeOf(pair.second)
    pair.pointTo(pair.first)
    // Another machine with the same keys that has never seen the other history: nothing warns it. It has a lot to record.
    await query(pair.first.adminUrl, admin =>
      admin.query(`INSERT INTO officer_event (event) SELECT '{}' FROM generate_series(1, ${behind})`),
    )
    const stranger = await startOffice('office-2', 'listening')
    await waitFor(
      async () => (await controlSizeOf(pair.first)) > behind,
      () => stranger.log(),
    )
    expect(await stranger.stop()).toBe(0)
    // Each then meets the history of the other.
    const there = { ...environmentOf('office', 'office-2'), DATABASE_URL: pair.second.urlOf('office') }
    const [first, second] = await Promise.all([
      startOffice('office-1', 'listening'),
      startGatewayProcess(there, 'office', 'listening'),
    ])
    office = first
    await waitFor(
      () => first.log().includes('fork: '),
      () => first.log(),
    )
    const { detail } = (await partOf(first, 'control lane')) ?? {}
    expect(detail).toBe(`fork: the first ${behind} leaves do not have the root that was kept`)
    await waitFor(
      () => /head-behind: |fork: /.test(second.log()),
      () => second.log(),
    )
    expect(await partOf(second, 'control lane')).toMatchObject({ ready: false })
    expect(await controlSizeOf(pair.second)).toBe(behind)
    await second.kill()
    expect(await verify('office-1')).toMatchObject({
      code: 1,
      findings: expect.arrayContaining([expect.objectContaining({ lane: 'control', kind: 'fork-of-kept' })]),
    })
  }, 120_000)
})

describe('a synchronous standby', () => {
  let pair: StreamingPair
  let proxy: PostgresProxy
  let gateway: GatewayProcess
  let client: Client
  let caller: ReturnType<typeof callerOf>
  let environment: Record<string, string>
  /** The provider is that of the other pair, too. */
  let seenBefore = 0

  beforeAll(async () => {
    pair = await startStreamingPair(join(world.directory, 'synchronous'), true)
    const way = new URL(pair.urlOf('all'))
    proxy = await startPostgresProxy({ host: way.hostname, port: Number(way.port) })
    way.port = String(proxy.port)
    const dataDir = join(world.directory, 'gateway-1')
    environment = { ...world.environment, DATABASE_URL: way.href, DATA_DIR: dataDir }
    gateway = await startGatewayProcess(environment)
    client = clientOf(world.certsDir, () => gateway.exchangePort, 'G99.21.records')
    caller = callerOf(client)
    seenBefore = provider.seen.length
  }, 120_000)
  afterAll(async () => {
    client?.close()
    await gateway?.kill()
    await proxy?.close()
    await pair?.stop()
  })

  const findings = async (member: Member) =>
    checkLedger(caller.ledger, provider.seen.slice(seenBefore), await readLog(member.adminUrl)).filter(
      ({ promise }) => promise !== 'a request without a last word',
    )

  it('is enough for production; without fsync or full pages nothing is', async () => {
    const database = openDatabase(pair.urlOf('all'), { name: 'test' })
    const log = { warn: () => undefined }
    await demandDurability(database, 'production', log)
    for (const name of ['fsync', 'full_page_writes']) {
      await alterSystem(pair.first, `SET ${name} = off`)
      await waitFor(async () => (await checkDurability(database)).some(setting => !setting.good))
      await expect(demandDurability(database, 'production', log)).rejects.toThrow(`${name} is off: set it to on`)
      await alterSystem(pair.first, `RESET ${name}`)
    }
    await waitFor(async () => (await checkDurability(database)).every(({ good }) => good))
    await database.close()
  })

  it('out of reach: nothing crosses, not even where somebody cancels the wait for it', async () => {
    expect(await caller.call()).toMatchObject({ status: 200 })
    await pair.stopStreaming()
    const forwarded = provider.seen.length
    const called = caller.call()
    // The commit itself, and the look at the head behind it, which on a slow machine comes when the caller has gone.
    const canceled = cancelWaits(pair.first, 2)
    expect(await called).toMatchObject({ status: 503, problem: 'audit-unavailable' })
    expect(await canceled).toBeGreaterThan(1)
    expect(provider.seen).toHaveLength(forwarded)
    await pair.resumeStreaming()
    await caller.callUntilAnswered(() => gateway.log())
    expect(await findings(pair.first)).toEqual([])
  }, 60_000)

  it('promoted while a commit is in doubt and others are under way: nothing that was answered is lost', async () => {
    const load = startLoad([{ client, system: SYSTEM, call: listCall }], 8)
    const answeredOf = (): number => load.ledger.filter(({ status }) => status === 200).length
    await waitFor(
      () => answeredOf() > 50,
      () => gateway.log(),
    )
    const happened = proxy.happened()
    proxy.arm({ fault: { kind: 'swallow' }, holding: '"kind":"response"' })
    await waitFor(
      () => proxy.happened() > happened,
      () => gateway.log(),
    )
    await pair.first.kill()
    await pair.promote()
    pair.pointTo(pair.second)
    const behind = answeredOf()
    await waitFor(
      () => answeredOf() > behind + 50,
      () => gateway.log(),
    )
    await load.stop()
    caller.ledger.push(...load.ledger)
    expect(await findings(pair.second)).toEqual([])
    expect(gateway.log()).not.toContain('have gone from the database')
    expect(await auditVerify(environment)).toMatchObject({ code: 0, findings: [] })
  }, 60_000)

  it('leaves every lane sealed once, and every exchange with its last word', async () => {
    expect(await gateway.stop()).toBe(0)
    const log = await readLog(pair.second.adminUrl)
    const lanes = await readLanes(pair.second.adminUrl)
    expect(checkLedger(caller.ledger, provider.seen.slice(seenBefore), log, lanes)).toEqual([])
  })
})

async function alterSystem({ adminUrl }: Member, what: string): Promise<void> {
  await query(adminUrl, admin => admin.query(`ALTER SYSTEM ${what}`))
  await query(adminUrl, admin => admin.query('SELECT pg_reload_conf()'))
}

/**
 * As an operator who wants his commits to end: whatever of the gateway's lane waits for the standby is told to stop waiting, until
 * so many were or half a minute is over. Resolves to how many.
 */
async function cancelWaits(member: Member, enough: number): Promise<number> {
  const text = `SELECT count(pg_cancel_backend(pid))::int AS canceled FROM pg_stat_activity
    WHERE wait_event = 'SyncRep' AND application_name LIKE 'lane gateway-1%'`
  let canceled = 0
  await query(member.adminUrl, async admin => {
    for (const end = Date.now() + 30_000; canceled < enough && Date.now() < end; ) {
      canceled += (await admin.query<{ canceled: number }>(text)).rows[0]?.canceled ?? 0
      await sleep(50)
    }
  })
  return canceled
}
