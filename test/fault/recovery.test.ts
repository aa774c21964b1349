import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openKeyring } from '../../gateway/cli/keys/open-keys.ts'
import { ControlDuty } from '../../gateway/cli/serve/control-duty.ts'
import { readSettings } from '../../gateway/cli/settings.ts'
import type { GatewayId } from '../../gateway/domain/gateway-id.ts'
import { systemClock } from '../../gateway/edge/clock.ts'
import { KeptControlFile } from '../../gateway/edge/kept-control.ts'
import { KeptHeads } from '../../gateway/edge/keys/kept-heads.ts'
import { openDatabase } from '../../gateway/edge/postgres/database.ts'
import { PostgresLaneStore } from '../../gateway/edge/postgres/lane-store.ts'
import { copyOf, type FreshDatabase } from '../support/database.ts'
import { query } from '../support/ledger/read-log.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import { lockRecords } from '../support/world/lock-records.ts'
import { waitFor } from '../support/postgres/wait-for.ts'
import { type GatewayProcess, runCommand, startGatewayProcess } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

const COMMAND = join(import.meta.dirname, '../../dist/gateway/cli/main.js')

/** What a gateway finds in its database when it starts, and while it runs. */
describe('recovering a log', () => {
  let world: World
  /** As it was before the last exchanges: a backup. */
  let backup: FreshDatabase
  const copies: FreshDatabase[] = []
  const started: GatewayProcess[] = []

  beforeAll(async () => {
    world = await startWorld()
    const client = world.client('G99.21.records')
    for (let n = 0; n < 3; n++) expect((await client.call(listCall)).status).toBe(200)
    // More than a tile of the control lane; they are recorded before it stops.
    await query(world.database.adminUrl, admin =>
      admin.query("INSERT INTO officer_event (event) SELECT '{}' FROM generate_series(1, 300)"),
    )
    await world.gateway.stop()
    backup = await copyOf(world.database)
    await world.restart()
    for (let n = 0; n < 3; n++) expect((await client.call(listCall)).status).toBe(200)
    await world.gateway.stop()
  }, 60_000)
  afterAll(async () => {
    await Promise.all(started.map(gateway => gateway.kill()))
    await Promise.all(copies.map(copy => copy.drop()))
    await world.close()
  })

  /** A database and a machine of their own, both as they were left. */
  interface Left {
    readonly database: FreshDatabase
    readonly environment: Record<string, string>
    readonly state: (name: string) => string
  }
  const leftWith = (database: FreshDatabase): Left => {
    const dataDir = join(world.directory, `var-${copies.length}`)
    cpSync(join(world.directory, 'var'), dataDir, { recursive: true })
    copies.push(database)
    return {
      database,
      environment: { ...world.environment, DATABASE_URL: database.runtimeUrl, DATA_DIR: dataDir },
      state: name => join(dataDir, name),
    }
  }
  const aCopy = async (): Promise<Left> => leftWith(await copyOf(world.database))
  const startOn = async ({ environment }: Left): Promise<GatewayProcess> => {
    const gateway = await startGatewayProcess(environment, 'all', 'listening')
    started.push(gateway)
    return gateway
  }
  const controlLane = async ({ opsPort }: GatewayProcess): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${opsPort}/readyz`)
    const { parts } = (await answer.json()) as { parts: { part: string; detail: string }[] }
    return `${answer.status} ${parts.find(({ part }) => part === 'control lane')?.detail}`
  }
  const alter = ({ database }: Left, sql: string): Promise<unknown> =>
    query(database.adminUrl, admin => admin.query(sql))
  const CONTROL = "(SELECT id FROM lane WHERE name = 'control')"
  const changeLeaf = (left: Left, index: number): Promise<unknown> =>
    alter(left, `UPDATE record SET leaf = leaf || ' ' WHERE lane = ${CONTROL} AND index = ${index}`)
  const findingsOn = async ({ environment }: Left): Promise<readonly { kind: string; lane: string }[]> => {
    const { stdout } = await runCommand(['audit', 'verify', '--json'], environment)
    return (JSON.parse(stdout) as { findings: { kind: string; lane: string }[] }).findings
  }
  const client = (gateway: GatewayProcess) => {
    const own = world.client('G99.21.records')
    world.gateway = gateway
    return own
  }

  it('head behind: an older copy of the database is refused, and the records that it lacks are told', async () => {
    const old = leftWith(backup)
    const gateway = await startOn(old)
    expect(await controlLane(gateway)).toMatch(/^503 head-behind: \d+ leaves are stored, \d+ were kept$/)
    const lost = gateway
      .log()
      .split('\n')
      .filter(line => line.includes('have gone from the database'))
      .map(line => JSON.parse(line) as { lane: string; from: number; to: number })
    // The control lane's, and the six of the lane that the copy does not even have.
    expect(lost).toEqual([
      expect.objectContaining({ lane: 'control' }),
      expect.objectContaining({ lane: expect.stringMatching(/^gateway-1\./), from: 0, to: 5 }),
    ])
    expect((await client(gateway).call(listCall)).json).toMatchObject({ code: 'audit-unavailable' })
    expect((await findingsOn(old)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['head-behind-kept', 'lane-missing']),
    )
    await gateway.kill()
  }, 60_000)

  it('unsigned head of a lane while it is written: told, and what comes next is signed as ever', async () => {
    const copy = await aCopy()
    const gateway = await startOn(copy)
    const own = client(gateway)
    await waitFor(
      async () => (await own.call(listCall)).status === 200,
      () => gateway.log(),
    )
    await alter(copy, "UPDATE lane SET root = sha256('x') WHERE state = 'open' AND kind = 'data'")
    await waitFor(
      () => gateway.log().includes('a lane is damaged'),
      () => gateway.log(),
    )
    expect((await own.call(listCall)).status).toBe(200)
    expect(await gateway.stop()).toBe(0)
    expect(await findingsOn(copy)).toEqual([])
  }, 60_000)

  describe('takes the duty of the control lane', () => {
    /** Takes it as a gateway does, and lets it go again. What stood in the way, or null. */
    async function takeDuty({ database, environment, state }: Left): Promise<string | null> {
      const opened = openDatabase(database.runtimeUrl, { name: 'test' })
      const store = new PostgresLaneStore(opened)
      const heads = new KeptHeads(state('heads'))
      const keys = await openKeyring(readSettings(environment), () => undefined)
      const fail = (thrown: unknown): never => {
        throw thrown
      }
      const duty = new ControlDuty({
        database: opened,
        store,
        heads,
        kept: new KeptControlFile(environment['DATA_DIR'] ?? ''),
        keys: { signers: () => keys.controlLane(), known: () => [] },
        gateway: 'gateway-1' as GatewayId,
        software: 'test',
        clock: () => systemClock().now(),
        onDamage: () => undefined,
        onSealed: () => undefined,
        onHandedOver: () => undefined,
        onFailure: fail,
        maySign: () => true,
      })
      await duty.start()
      const { damage, isOnDuty } = duty
      expect(isOnDuty).toBe(damage === null)
      await duty.stop()
      await store.close()
      heads.close()
      keys.close()
      await opened.close()
      return damage
    }
    const sizeOf = async ({ database }: Left): Promise<number> => {
      const text = "SELECT size::int FROM lane WHERE name = 'control'"
      const { rows } = await query(database.adminUrl, admin => admin.query<{ size: number }>(text))
      return rows[0]?.size ?? 0
    }

    it.each([
      ['its signature is of nobody', "checkpoint = replace(checkpoint, E'\\n\\n', E'\\nx\\n\\n')"],
      ['its root is another one than was signed', "root = sha256('x')"],
    ])('not with an unsigned head: %s', async (_what, change) => {
      const left = await aCopy()
      await alter(left, `UPDATE lane SET ${change} WHERE name = 'control'`)
      expect(await takeDuty(left)).toMatch(/^unsigned-head: /)
    })

    it('reading only what lies behind the head that this machine has verified before; audit verify reads all', async () => {
      const left = await aCopy()
      expect(existsSync(left.state('control.json'))).toBe(true)
      await changeLeaf(left, 2)
      expect(await takeDuty(left)).toBeNull()
      expect((await findingsOn(left)).map(({ kind }) => kind)).toContain('leaf-changed-or-missing')
    })

    it('not where a leaf behind that head was changed', async () => {
      const left = await aCopy()
      // As of a process that was killed before it could keep what it had read.
      const before = readFileSync(left.state('control.json'))
      expect(await takeDuty(left)).toBeNull()
      writeFileSync(left.state('control.json'), before)
      await changeLeaf(left, (await sizeOf(left)) - 1)
      expect(await takeDuty(left)).toMatch(/^leaf-mismatch: /)
    })

    it.each<[string, (path: string) => void]>([
      ['damaged', path => writeFileSync(path, readFileSync(path, 'utf8').replace('1', '2'))],
      ['gone', path => rmSync(path)],
    ])('reading every leaf where its memory is %s', async (_what, harm) => {
      const [whole, changed] = [await aCopy(), await aCopy()]
      for (const { state } of [whole, changed]) harm(state('control.json'))
      await changeLeaf(changed, 2)
      expect(await takeDuty(changed)).toMatch(/^leaf-mismatch: /)
      expect(await takeDuty(whole)).toBeNull()
      // Kept again, as far as the lane goes now.
      await changeLeaf(whole, 3)
      expect(await takeDuty(whole)).toBeNull()
    })
  })

  it('audit verify is stopped with Ctrl-C, and says how far it came', async () => {
    const { database, environment } = await aCopy()
    const unlock = await lockRecords(database.adminUrl)
    const reading = spawn(process.execPath, [COMMAND, 'audit', 'verify'], {
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(reading, 'exit')
    let text = ''
    reading.stdout.on('data', chunk => (text += String(chunk)))
    const waits = "SELECT FROM pg_stat_activity WHERE application_name = 'lienthong audit' AND wait_event_type = 'Lock'"
    await waitFor(async () => (await query(database.adminUrl, admin => admin.query(waits))).rowCount === 1)
    reading.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(text).toMatch(/^stopped: 0 of \d+ records were read, 0 findings so far\n$/)
    await unlock()
  }, 60_000)

  it('audit verify refuses a file that is none of receipts, and names the line', async () => {
    const { environment } = await aCopy()
    const file = join(world.directory, 'no-receipts')
    writeFileSync(file, '\nx\n')
    const refused = await runCommand(['audit', 'verify', '--receipts', file], environment)
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('line 2: not an Exchange-Receipt')
    const absent = await runCommand(['audit', 'verify', '--receipts', `${file}.no`], environment)
    expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read') })
  }, 60_000)
})
