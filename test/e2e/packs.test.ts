import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../gateway/edge/postgres/database.ts'
import { insertCosignature } from '../../gateway/edge/postgres/cosignatures.ts'
import { packReader } from '../../gateway/edge/postgres/pack-reader.ts'
import { insertTimestamp } from '../../gateway/edge/postgres/timestamps.ts'
import { instantOfMillis } from '../../gateway/domain/instant.ts'
import { must } from '../../gateway/domain/result.ts'
import { parseCheckpoint } from '../../gateway/log/checkpoint.ts'
import { openZip } from '../../gateway/edge/zip/read-zip.ts'
import { parseAnchor } from '../../gateway/review/mirror/anchor.ts'
import type { KeptPayload } from '../../gateway/review/pack/match-payload.ts'
import { type PackVerification, type VerifiedPack, verifyPack } from '../../gateway/review/pack/verify-pack.ts'
import { officeClient, type OfficeClient } from '../support/office/office.ts'
import { makeOutsiders, type Outsiders } from '../support/packs/outside.ts'
import { addAgreement } from '../support/refusals/additions.ts'
import { eventually } from '../support/refusals/scene.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { demoKey } from '../support/signatures/demo-key.ts'
import { signRequest } from '../support/signatures/sign-request.ts'
import { collected } from '../support/packs/pack-world.ts'
import { fetchBytes } from '../support/packs/fetch-bytes.ts'
import { startWorld, type World } from '../support/world/world.ts'

const ROOT = join(import.meta.dirname, '../..')
const LIST = '/exchange/G99.10/categories/v1/provinces'
const PURPOSE = { 'exchange-purpose': 'reference-data' }
const GENEROUS = 30_000

/** Evidence packs of a running gateway: made by the command and over HTTP, checked with nothing but public keys. */
describe('evidence packs', () => {
  let world: World
  let auditor: OfficeClient
  let directory: string
  let key: string
  let exchange: string
  let answered: string
  let outsiders: Outsiders

  beforeAll(async () => {
    world = await startWorld({ configure: files => addAgreement(files, { id: 'signed', signature: 'required' }) })
    auditor = officeClient(world, 'officer.auditor-1')
    directory = join(world.directory, 'packs')
    mkdirSync(directory)
    const client = world.client('G99.21.records')
    for (let n = 0; n < 30; n++) await client.call({ path: LIST, headers: PURPOSE })
    await world.client('G99.22.logistics').call({ path: LIST, headers: PURPOSE })
    const headers = signRequest(
      {
        target: `${LIST}?page=1`,
        authority: `localhost:${world.gateway.exchangePort}`,
        headers: { 'exchange-purpose': 'signed' },
      },
      { key: demoKey(world) },
    )
    const answer = await client.call({ path: `${LIST}?page=1`, headers })
    exchange = String(answer.headers['exchange-id'])
    answered = join(directory, 'answered.json')
    writeFileSync(answered, answer.text)
    key = join(directory, 'control-lane.pem')
    const { keys } = JSON.parse(readFileSync(join(world.directory, 'var/keys/keys.json'), 'utf8')) as {
      keys: { use: string; publicKey: string }[]
    }
    const spki = keys.find(({ use }) => use === 'control-lane')?.publicKey ?? ''
    writeFileSync(key, `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`)
    outsiders = await makeOutsiders()
  }, 60_000)
  afterAll(async () => {
    auditor.close()
    await world.close()
  })

  const at = (name: string): string => join(directory, name)
  /** As the command does it, without the time that a process takes to start. */
  const verify = async (
    pack: string,
    more: Partial<Omit<PackVerification, 'source' | 'controlKey'>> = {},
  ): Promise<VerifiedPack> => {
    const source = must(await openZip(pack))
    try {
      return await verifyPack({ source, controlKey: must(parseAnchor(readFileSync(key, 'utf8'))), ...more })
    } finally {
      await source.close()
    }
  }
  const resultOf = ({ checks }: Pick<VerifiedPack, 'checks'>, name: string): string | undefined =>
    checks.find(check => check.name === name)?.result
  const run = (program: string, ...words: string[]): string =>
    execFileSync(program, words, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  it('a party gets the pack of an exchange that has just been, and it verifies', async () => {
    const pack = await fetchBytes(world, 'G99.21.records', `/exchanges/${exchange}/pack`)
    expect([pack.status, pack.headers['content-type']]).toEqual([200, 'application/vnd.etsi.asic-e+zip'])
    expect(pack.headers['content-disposition']).toBe(`attachment; filename="pack-${exchange}.asice"`)
    writeFileSync(at('consumer.asice'), pack.bytes)
    const checked = await verify(at('consumer.asice'))
    expect(checked.checks.filter(({ result }) => result === 'wrong')).toEqual([])
    expect(checked).toMatchObject({ good: true, about: { scope: { exchange }, records: 2 } })
    expect(resultOf(checked, 'message-signatures')).toBe('good')
  })

  it('the provider gets it too, and nobody else learns that there is one', async () => {
    const provider = await fetchBytes(world, 'G99.10.data-centre', `/exchanges/${exchange}/pack`)
    writeFileSync(at('provider.asice'), provider.bytes)
    expect((await verify(at('provider.asice'))).good).toBe(true)
    const others = await world.client('G99.23.training').call({ path: `/exchanges/${exchange}/pack` })
    expect([others.status, others.json?.code]).toEqual([404, 'exchange-not-found'])
  })

  it('the command writes one, whose signature openssl verifies alone', async () => {
    const made = await world.command('audit', 'export', '--exchange', exchange, '--out', at('one.asice'), '--json')
    expect(made.code).toBe(0)
    expect(JSON.parse(made.stdout)).toMatchObject({ file: at('one.asice'), records: 2 })
    run('python3', '-m', 'zipfile', '-e', 'one.asice', 'one')
    // The copy that the auditor was given: the file of KEYS_DIR, byte for byte the one in the pack.
    const keysDir = join(world.directory, 'var/keys')
    const certificate = readdirSync(keysDir).find(name => /^packs-[0-9a-f]{16}\.crt$/.test(name)) ?? ''
    writeFileSync(at('packs.pem'), readFileSync(join(keysDir, certificate)))
    expect(readFileSync(at('packs.pem'), 'utf8')).toBe(readFileSync(at('one/certificates/packs.pem'), 'utf8'))
    const verifyCms = (content: string): string =>
      run(
        'openssl',
        ...['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'one/META-INF/signature.p7s'],
        ...['-content', content, '-CAfile', 'packs.pem', '-out', 'verified'],
      )
    verifyCms('one/META-INF/ASiCManifest.xml')
    expect(() => verifyCms('one/README.txt')).toThrow()
  })

  it('says whether a payload that a party kept is what crossed', async () => {
    const target = `${LIST}?page=1`
    const said = async (payload: Partial<KeptPayload>) => {
      const body = readFileSync(answered)
      const kept = { direction: 'response', method: null, target, body, ...payload } as const
      return resultOf(await verify(at('one.asice'), { payload: kept }), 'payload')
    }
    expect(await said({})).toBe('good')
    expect(await said({ body: Buffer.from(readFileSync(answered, 'utf8').replace('Hà Nội', 'Hà Nam')) })).toBe('wrong')
    expect(await said({ direction: 'request', body: Buffer.alloc(0), method: 'GET' })).toBe('good')
    expect(await said({ direction: 'request', body: Buffer.alloc(0), target: LIST })).toBe('wrong')
  })

  it('the command exits with 1 for a pack that was edited, is of another log, or not of this payload', async () => {
    const bytes = readFileSync(at('one.asice'))
    bytes[bytes.indexOf('G99.21/records') + 5] = '3'.charCodeAt(0)
    writeFileSync(at('edited.asice'), bytes)
    const [edited, foreign, payload] = await Promise.all([
      world.command('audit', 'verify', at('edited.asice'), '--key', key),
      world.command('audit', 'verify', at('one.asice'), '--key', '0'.repeat(64), '--json'),
      world.command(
        ...['audit', 'verify', at('one.asice'), '--key', key, '--json', '--payload', key],
        ...['--direction', 'request', '--target', LIST],
      ),
    ])
    expect([edited.code, edited.stdout]).toEqual([1, expect.stringContaining('FOUND WRONG')])
    const checks = [foreign, payload].map(({ stdout }) => JSON.parse(stdout) as VerifiedPack)
    expect([foreign.code, resultOf(checks[0] as VerifiedPack, 'control-lane')]).toEqual([1, 'wrong'])
    expect([payload.code, resultOf(checks[1] as VerifiedPack, 'payload')]).toEqual([1, 'wrong'])
  })

  it('the command says how it is misused, and when there is nothing', async () => {
    const none = ['--exchange', '01a203a8-4558-75df-bc31-41941ed865a5', '--out', at('none.asice')]
    const rows: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['export'], 2, /name an exchange with --exchange, or a time/],
      [['export', '--exchange', exchange, '--unit', 'G99'], 2, /goes with no other filter/],
      [['export', '--exchange', exchange, '--out', at('one.asice')], 2, /is there already/],
      [['verify', at('one.asice')], 2, /--key/],
      [['verify', at('one.asice'), '--key', key, '--payload', key], 2, /--direction/],
      [['export', ...none], 1, /there are no such records/],
    ]
    const answers = await Promise.all(rows.map(([words]) => world.command('audit', ...words)))
    expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual(
      rows.map(([, code, message]) => [code, expect.stringMatching(message)]),
    )
    expect(readdirSync(directory)).not.toContain('none.asice')
  })

  it('docs/evidence.md says what its commands print', async () => {
    const here = at('documentation')
    mkdirSync(here)
    for (const [from, name] of [
      ['one.asice', 'pack.asice'],
      ['control-lane.pem', 'control-lane.pem'],
      ['packs.pem', 'packs.pem'],
      ['answered.json', 'answer.json'],
    ] as const)
      copyFileSync(at(from), join(here, name))
    const page = readFileSync(join(ROOT, 'docs/evidence.md'), 'utf8')
    const fences = [...page.matchAll(/^```bash snippet\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)]
    expect(fences.length).toBe(4)
    for (const [, code = '', prints = ''] of fences) {
      const printed = execFileSync('bash', ['-c', code.replaceAll('npx lienthong', `node ${ROOT}/bin/lienthong.js`)], {
        cwd: here,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      })
      const parts = prints.trim().split('…')
      const pattern = parts.map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
      expect(printed.trim()).toMatch(new RegExp(`^${pattern}$`, 's'))
    }
  })

  it('auditors get them from the office, of exchanges and of times; others do not, and each read is recorded', async () => {
    const one = await fetchBytes(world, 'officer.auditor-1', `/api/v1/exchanges/${exchange}/pack`)
    writeFileSync(at('auditor.asice'), one.bytes)
    expect((await verify(at('auditor.asice'))).good).toBe(true)

    const times = { from: '2026-01-01T00:00:00+07:00', to: '2100-01-01T00:00:00+07:00' }
    const ranged = await fetchBytes(world, 'officer.auditor-1', '/api/v1/packs', { ...times, unit: 'G99.22' })
    writeFileSync(at('unit.asice'), ranged.bytes)
    const checked = await verify(at('unit.asice'))
    expect(checked).toMatchObject({ good: true, about: { scope: { kind: 'range', unit: 'G99.22' }, records: 2 } })
    expect(resultOf(checked, 'message-signatures')).toBe('not-checked')

    const security = officeClient(world, 'officer.security-1')
    const calls = [
      await security.call({ path: `/api/v1/exchanges/${exchange}/pack` }),
      await security.call({ method: 'POST', path: '/api/v1/packs', body: times }),
      await auditor.call({ path: '/api/v1/exchanges/01a203a8-4558-75df-bc31-41941ed865a5/pack' }),
      await auditor.call({ method: 'POST', path: '/api/v1/packs', body: { from: times.to, to: times.from } }),
      await auditor.call({ method: 'POST', path: '/api/v1/packs', body: { ...times, unit: 'hello' } }),
    ]
    security.close()
    expect(calls.map(({ status, json }) => [status, json?.code])).toEqual([
      [403, 'not-entitled'],
      [403, 'not-entitled'],
      [404, 'not-found'],
      [422, 'request-invalid'],
      [422, 'request-invalid'],
    ])
    const reads = async (): Promise<readonly unknown[]> =>
      (await readLog(world.database.adminUrl))
        .filter(({ kind, fields }) => kind === 'read' && fields.via === 'office')
        .map(({ fields }) => [fields.reader, fields.what])
    const recorded = await eventually(reads, found => found.length >= 2, GENEROUS)
    expect(recorded).toEqual([
      ['auditor-1', `pack exchange=${exchange} with commitment keys`],
      ['auditor-1', expect.stringMatching(/^pack from=2025-12-31T17:.* to=2099-.* unit=G99.22$/)],
    ])
  })

  it('reads the records of a time in their order, each once, however they are paged', async () => {
    const database = openDatabase(world.database.runtimeUrl, { name: 'test' })
    try {
      const scope = { kind: 'range', unit: null, service: null, from: 0, to: 4e15 } as never
      const read = async (page: number): Promise<readonly string[]> => {
        const reader = packReader(database, async () => undefined, page)
        const survey = await reader.survey(scope)
        const pages = await collected(reader.records(scope, survey))
        expect(pages.every(({ length }) => length <= page)).toBe(true)
        const found = pages.flat().filter(({ lane }) => lane !== 'control')
        return found.map(({ lane, index, leaf }) => `${lane} ${index} ${Buffer.from(leaf).toString()}`)
      }
      const whole = await read(1000)
      expect(whole.length).toBeGreaterThan(60)
      expect(new Set(whole).size).toBe(whole.length)
      expect(await read(7)).toEqual(whole)
    } finally {
      await database.close()
    }
  })

  it('the pack of all times holds every record, and verifies', async () => {
    const times = ['--from', '2026-01-01T00:00:00+07:00', '--to', '2100-01-01T00:00:00+07:00']
    const made = await world.command('audit', 'export', ...times, '--commitment-keys', '--out', at('all.asice'))
    expect(made.code).toBe(0)
    const checked = await verify(at('all.asice'))
    expect(checked.checks.filter(({ result }) => result === 'wrong')).toEqual([])
    const records = checked.about?.records
    expect(records).toBeGreaterThan(2 * 32)
    expect(made.stdout).toContain(`${records} records`)
  })

  it('carries what witnesses and time authorities said, which we and openssl verify', async () => {
    const database = openDatabase(world.database.adminUrl, { name: 'test' })
    try {
      const { rows } = await database.pool.query<{ checkpoint: string }>(
        "SELECT checkpoint FROM lane WHERE name = 'control'",
      )
      const checkpoint = rows[0]?.checkpoint ?? ''
      const { size, root } = must(parseCheckpoint(checkpoint))
      const line = outsiders.cosign(checkpoint)
      await insertCosignature(database, { witness: 'w1', size, time: 0, checkpoint, line })
      const token = outsiders.stamp(checkpoint)
      const genTime = instantOfMillis(Date.now())
      await insertTimestamp(database, { size, root, authority: 'tsa', checkpoint, token, genTime })
    } finally {
      await database.close()
    }
    const made = await world.command('audit', 'export', '--exchange', exchange, '--out', at('outside.asice'))
    expect(made.code).toBe(0)
    writeFileSync(at('tsa.pem'), outsiders.authority)
    const checked = await verify(at('outside.asice'), {
      witnesses: [outsiders.witness],
      timeAuthorities: [outsiders.authority],
    })
    expect(checked.checks.filter(({ result }) => result !== 'good').map(({ name }) => name)).toEqual(['payload'])
    run('python3', '-m', 'zipfile', '-e', 'outside.asice', 'outside')
    const stamped = ['-data', 'outside/control/stamped-1.txt', '-in', 'outside/control/timestamp-1.tst', '-token_in']
    expect(run('openssl', 'ts', '-verify', ...stamped, '-CAfile', 'tsa.pem')).toContain('Verification: OK')
  })
})
