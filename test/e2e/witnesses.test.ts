import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CONTROL_LANE } from '../../gateway/domain/gateway-id.ts'
import { formatVerifierKey, rawPublicKey } from '../../gateway/log/note-key.ts'
import { idOf } from '../../gateway/edge/witness/witness-directory.ts'
import { originOf } from '../../gateway/log/checkpoint.ts'
import { createPrivateKey } from 'node:crypto'
import { copyOf, type FreshDatabase } from '../support/database.ts'
import { query, readLog } from '../support/ledger/read-log.ts'
import { eventually } from '../support/refusals/scene.ts'
import { startWitness, type WitnessProcess } from '../support/witness/witness-process.ts'
import { type GatewayProcess, runCommand, startGatewayProcess } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

const ORIGIN = originOf(CONTROL_LANE)
const call = { path: '/exchange/G99.10/categories/v1/provinces', headers: { 'exchange-purpose': 'reference-data' } }

interface Part {
  readonly part: string
  readonly ready: boolean
  readonly detail: string
}

/** One installation and two witnesses of other units, each a process over TLS. Ages as short as a configuration may have them. */
describe('witnesses', () => {
  let world: World
  let one: WitnessProcess
  let two: WitnessProcess

  beforeAll(async () => {
    world = await startWorld({
      configure: async (files, certsDir) => {
        const directory = dirname(certsDir)
        const environment = { DATA_DIR: join(directory, 'var'), CERTS_DIR: certsDir }
        await good(runCommand(['keys', 'make'], environment))
        const tls = { cert: join(certsDir, 'gateway.crt'), key: join(certsDir, 'gateway.key') }
        one = await startWitness({ directory: join(directory, 'one'), name: 'one.example', tls })
        two = await startWitness({ directory: join(directory, 'two'), name: 'two.example', tls })
        for (const witness of [one, two]) await good(witness.command('trust', controlKey(directory)))
        files.set('witnesses/all.yaml', [one, two].map(yaml).join('---\n'))
        files.set('settings/witnessing.yaml', 'id: witnessing\nrequired: 1\nalertAfter: PT10S\nstopAfter: PT10S\n')
      },
    })
  }, 240_000)
  afterAll(async () => {
    await one?.stop()
    await two?.stop()
    await world?.close()
  })

  const callOnce = async () => {
    const { status, json } = await world.client('G99.21.records').call(call)
    return json?.code === undefined ? status : [status, json.code]
  }
  const health = async (gateway: GatewayProcess = world.gateway): Promise<Part> => {
    const answer = await fetch(`http://127.0.0.1:${gateway.opsPort}/readyz`)
    const { parts } = (await answer.json()) as { parts: Part[] }
    return parts.find(({ part }) => part === 'witnesses') ?? { part: '', ready: false, detail: '' }
  }
  /** Until calls are answered; where they are not, why. */
  const untilAnswered = (): Promise<unknown> =>
    eventually(
      async () => [await callOnce(), (await health()).detail],
      ([answer]) => answer === 200,
      60_000,
    )
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/metrics`)).text()
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1])
  }
  /** As its directory says: a command for each look would take half a second. */
  const sizeAt = (witness: WitnessProcess): number =>
    (JSON.parse(readFileSync(join(witness.directory, 'logs', `${idOf(ORIGIN)}.json`), 'utf8')) as { size: number }).size
  const cosignedBy = (database: FreshDatabase = world.database) =>
    query(database.adminUrl, async client => {
      const { rows } = await client.query<{ witness: string; size: number }>(
        'SELECT witness, max(size)::int AS size FROM cosignature GROUP BY witness ORDER BY witness',
      )
      return rows
    })

  it('the gateway is ready behind the first quorum, and both have cosigned', async () => {
    expect(await health()).toMatchObject({
      ready: true,
      detail: expect.stringMatching(/^cosigned at .* \(1 of 2 required\)$/),
    })
    expect(await callOnce()).toBe(200)
    const rows = await eventually(cosignedBy, found => found.length === 2)
    expect(rows.map(({ witness }) => witness)).toEqual(['one.example', 'two.example'])
    expect(await metric('lienthong_uncosigned_seconds')).toBeLessThan(10)
  })

  it('with one of them down it goes on; the operator is told', async () => {
    await two.stop()
    await eventually(
      () => world.gateway.log(),
      log => log.includes('"why":"cannot be reached: ECONNREFUSED"'),
      60_000,
    )
    expect(await callOnce()).toBe(200)
    expect((await health()).ready).toBe(true)
  })

  it('with both down exchanges stop at the configured age, and go on once one is back', async () => {
    await one.stop()
    expect(await eventually(callOnce, answer => answer !== 200, 60_000)).toEqual([503, 'unwitnessed'])
    expect(await health()).toMatchObject({ ready: false, detail: expect.stringMatching(/^un-cosigned since 20/) })
    expect(await metric('lienthong_uncosigned_seconds')).toBeGreaterThan(10)
    await one.start()
    await two.start()
    await untilAnswered()
    expect(await health()).toMatchObject({ ready: true })
  }, 240_000)

  describe('from an earlier state, copied', () => {
    /** The database and the directory of the machine, as they were before what follows. */
    let kept: FreshDatabase
    let yesterday: FreshDatabase
    /** What witness one holds before the machine was put back. */
    let held: { cosigned: string; size: number }
    let recovery: { size: number; root: string }
    const data = () => join(world.directory, 'var')

    it('a second gateway with the same key is refused by both, and stops', async () => {
      await world.gateway.stop()
      kept = await copyOf(world.database)
      yesterday = await copyOf(world.database)
      const copy = await copyOf(world.database)
      cpSync(data(), `${data()}.kept`, { recursive: true })
      cpSync(data(), `${data()}.fork`, { recursive: true })
      await world.restart()
      expect(await callOnce()).toBe(200)
      const before = Math.max(sizeAt(one), sizeAt(two))
      await eventually(
        () => Math.min(sizeAt(one), sizeAt(two)),
        size => size > before,
        60_000,
      )
      const environment = { ...world.environment, DATABASE_URL: copy.runtimeUrl, DATA_DIR: `${data()}.fork` }
      const fork = await startGatewayProcess(environment, 'all', 'listening')
      try {
        await eventually(
          () => conflictsIn(copy),
          found => found.length === 2,
          60_000,
        )
        expect(await health(fork)).toMatchObject({ ready: false, detail: expect.stringMatching(/^stopped: /) })
      } finally {
        await fork.stop()
        await copy.drop()
      }
      // The first one has noticed nothing.
      expect(await callOnce()).toBe(200)
    }, 240_000)

    it('a machine put back whole is refused by both and stops at once', async () => {
      await world.gateway.stop()
      held = { cosigned: join(world.directory, 'held.txt'), size: sizeAt(one) }
      writeFileSync(held.cosigned, (await one.command('show', '--note', ORIGIN)).stdout)

      rmSync(data(), { recursive: true })
      cpSync(`${data()}.kept`, data(), { recursive: true })
      await world.database.drop()
      world.environment.DATABASE_URL = kept.runtimeUrl
      Object.assign(world.database, kept)
      world.gateway = await startGatewayProcess(world.environment, 'all', 'listening')
      expect(await callOnce()).toEqual([503, 'unwitnessed'])
      expect((await conflictsIn(world.database)).map(({ witness }) => witness).sort()).toEqual([
        'one.example',
        'two.example',
      ])
      expect(world.gateway.log()).toContain('exchanges are stopped: there was another log than the one that is here')

      // Whoever verifies finds it by what the witness holds, asked or given; the log alone would say nothing.
      const asked = await world.command('audit', 'verify', '--json', '--ask-witnesses')
      const given = await world.command('audit', 'verify', '--json', '--cosigned', held.cosigned)
      for (const { code, stdout } of [asked, given]) {
        expect(code).toBe(1)
        expect(kindsIn(stdout).filter(kind => !/^(head-behind|fork-of)-named$/.test(kind))).toEqual([])
      }
    }, 240_000)

    it('neither a restart nor a database that forgets changes that', async () => {
      await query(world.database.adminUrl, client => client.query('DELETE FROM witness_event'))
      await world.gateway.kill()
      await one.stop()
      await two.stop()
      world.gateway = await startGatewayProcess(world.environment, 'all', 'listening')
      expect(await callOnce()).toEqual([503, 'unwitnessed'])
      expect(await health()).toMatchObject({ ready: false, detail: expect.stringMatching(/^stopped: /) })
      expect(await metric('lienthong_witness_conflicts')).toBe(2)
      await one.start()
      await two.start()
    }, 240_000)

    const accept = async ({ size, root }: { size: number; root: string }): Promise<void> => {
      for (const witness of [one, two]) {
        await witness.stop()
        const words = ['--size', String(size), '--root', root, '--why', 'heard by phone from security-1']
        await good(witness.command('accept', ORIGIN, ...words))
        await witness.start()
      }
    }

    it('one officer does not recover it, nor the same one twice, nor one who is no security officer, nor another key', async () => {
      expect(await recover('auditor-1', 'auditor-1', '--why', 'x')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is no security officer'),
      })
      expect(await recover('security-1', 'security-2', '--why', 'x')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('not that of security-1'),
      })
      const first = await recover(
        'security-1',
        'security-1',
        '--why',
        'a disk was lost; the backup of last night was put back',
      )
      expect(first).toMatchObject({ code: 0, body: { complete: false, signedBy: ['security-1'] } })
      expect(await recover('security-1', 'security-1', '--id', String(first.body.id))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('does not sign twice'),
      })
      expect(await callOnce()).toEqual([503, 'unwitnessed'])
      const second = await recover('security-2', 'security-2', '--id', String(first.body.id))
      expect(second).toMatchObject({ code: 0, body: { complete: true, signedBy: ['security-1', 'security-2'] } })
      recovery = (second.body.recovery as { goesOnFrom: { size: number; root: string } }).goesOnFrom
      // Recorded with both signatures.
      const records = await eventually(
        () => readLog(world.database.adminUrl),
        log => log.some(isRecovered),
        60_000,
      )
      expect(records.find(isRecovered)?.fields).toMatchObject({ signatures: [expect.any(String), expect.any(String)] })
    }, 240_000)

    it('goes on once the people of a witness have accepted it, and the history tells', async () => {
      expect(await callOnce()).toEqual([503, 'unwitnessed'])
      await accept(recovery)
      await untilAnswered()
      expect(await metric('lienthong_witness_conflicts')).toBe(0)
      // Given up by two officers: no finding any more, and named.
      const { code, stdout } = await world.command(
        'audit',
        'verify',
        '--json',
        '--cosigned',
        held.cosigned,
        '--ask-witnesses',
      )
      expect([code, kindsIn(stdout)]).toEqual([0, []])
      expect(JSON.parse(stdout)).toMatchObject({ recoveries: [{ officers: ['security-1', 'security-2'] }] })
    }, 240_000)

    it("yesterday's database, put back beside the machine's own memory, needs two officers too", async () => {
      await world.gateway.stop()
      await world.database.drop()
      world.environment.DATABASE_URL = yesterday.runtimeUrl
      Object.assign(world.database, yesterday)
      world.gateway = await startGatewayProcess(world.environment, 'all', 'listening')
      // The control lane is not written, and so no lane is endorsed: nothing can be recorded.
      expect(await callOnce()).toEqual([503, 'audit-unavailable'])
      expect(await health()).toMatchObject({ ready: false, detail: expect.stringMatching(/^stopped: /) })
      const conflicts = await conflictsIn(world.database)
      expect(conflicts.map(({ witness, kind }) => [witness, kind]).sort()).toEqual([
        ['kept head', 'behind'],
        ['one.example', 'behind'],
        ['two.example', 'behind'],
      ])
      const first = await recover('security-1', 'security-1', '--why', 'the database of yesterday was put back')
      const { goesOnFrom } = first.body.recovery as { goesOnFrom: { size: number; root: string } }
      await accept(goesOnFrom)
      expect(await callOnce()).toEqual([503, 'audit-unavailable'])
      expect(await recover('security-2', 'security-2', '--id', String(first.body.id))).toMatchObject({ code: 0 })
      await untilAnswered()
      const { code, stdout } = await world.command('audit', 'verify', '--json', '--ask-witnesses')
      expect([code, kindsIn(stdout)]).toEqual([0, []])
    }, 240_000)
  })

  const isRecovered = ({ kind, fields }: { kind: string; fields: Record<string, unknown> }): boolean =>
    kind === 'system' && fields.event === 'recovered'

  async function recover(officer: string, key: string, ...words: readonly string[]) {
    const file = join(world.certsDir, `officer.${key}.key`)
    const flags = ['--officer', officer, '--key', file, '--json', ...words]
    const { code, stdout, stderr } = await world.command('audit', 'recover', ...flags)
    if (stdout === '') throw new Error(stderr)
    const body = JSON.parse(stdout) as Record<string, unknown>
    return { code, body, stderr: typeof body.reason === 'string' ? body.reason : '' }
  }
})

const conflictsIn = (database: FreshDatabase) =>
  query(database.adminUrl, async client => {
    const { rows } = await client.query<{ body: string }>("SELECT body FROM witness_event WHERE kind = 'conflict'")
    return rows.map(({ body }) => JSON.parse(body) as { witness: string; kind: string })
  })

const kindsIn = (stdout: string): readonly string[] =>
  (JSON.parse(stdout) as { findings: { kind: string }[] }).findings.map(({ kind }) => kind)

const yaml = ({ name, url, verifierKey }: WitnessProcess): string =>
  `name: ${name}\ntitle: { en: A witness, vi: Bên chứng kiến }\nurl: ${url}\nverifierKey: ${verifierKey}\noutside: true\n`

/** The key of the control lane, as its operator tells it. */
function controlKey(directory: string): string {
  const key = createPrivateKey(readFileSync(join(directory, 'var/keys/control-lane.key'), 'utf8'))
  return formatVerifierKey(ORIGIN, rawPublicKey(key))
}

async function good(result: Promise<{ code: number; stderr: string }>): Promise<void> {
  const { code, stderr } = await result
  if (code !== 0) throw new Error(stderr)
}
