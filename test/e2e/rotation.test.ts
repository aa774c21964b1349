import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bindingOfKey } from '../../gateway/pki/keys.ts'
import { startLoad } from '../support/load/closed-loop.ts'
import { listCall, searchCall, stockCall } from '../support/load/permitted-calls.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { keyOf, writeCertificate } from '../support/refusals/certificates.ts'
import { applyRevision, withSystem } from '../support/refusals/next-revision.ts'
import { eventually } from '../support/refusals/scene.ts'
import type { Answered } from '../support/world/client.ts'
import { change } from '../support/world/configuration-directory.ts'
import { type CommandResult, runCommand } from '../support/world/gateway-process.ts'
import { json } from '../support/world/test-provider.ts'
import { startWorld, type World } from '../support/world/world.ts'

const SYSTEM = 'G99.21/records'
const DAY = 86_400_000

/** A world whose systems may hold certificates of a second authority, made with `lienthong pki`. */
describe('certificates over their life', () => {
  let world: World
  let ca: string

  const pki = async (...words: string[]): Promise<CommandResult> => {
    const result = await runCommand(['pki', ...words], world?.environment ?? {})
    if (result.code !== 0) throw new Error(`${words.join(' ')}: ${result.stderr}`)
    return result
  }

  beforeAll(async () => {
    const page = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }
    world = await startWorld({
      answer: (seen, ...rest) =>
        json(200, seen.method === 'POST' ? { items: page.items, total: 1 } : page)(seen, ...rest),
      configure: async (files, certsDir) => {
        change(
          files,
          'agreements/records-categories.yaml',
          'limits: { perMinute: 600, concurrent: 16,',
          'limits: { perMinute: 1000000, concurrent: 1000,',
        )
        ca = join(certsDir, 'ministry')
        for (const name of ['root', 'issuing'])
          writeFileSync(join(certsDir, `${name}.pass`), `the passphrase of ${name}`, { mode: 0o600 })
        const [root, issuing] = [join(certsDir, 'root.pass'), join(certsDir, 'issuing.pass')]
        await pki('init-root', ca, '--organization', 'Bộ Ví dụ', '--passphrase-file', root)
        await pki('init-issuing', ca, '--passphrase-file', issuing, '--root-passphrase-file', root)
        for (const name of ['root', 'issuing'])
          copyFileSync(join(ca, `${name}.crt`), join(certsDir, `ministry-${name}.crt`))
        files.set(
          'issuers.yaml',
          `${files.get('issuers.yaml')}- name: ministry-ca\n  certificates: [ministry-issuing.crt, ministry-root.crt]\n  units: [G99]\n`,
        )
        copyFileSync(join(certsDir, 'crl.pem'), join(certsDir, 'development.crl'))
        publish(certsDir)
      },
    })
  }, 180_000)
  afterAll(() => world?.close())

  /** Both authorities' lists, put in place whole. */
  function publish(certsDir: string): void {
    const lists = [join(certsDir, 'development.crl'), join(certsDir, 'ministry/crl.pem')].map(path =>
      readFileSync(path, 'utf8'),
    )
    writeFileSync(join(certsDir, 'crl.new'), lists.join(''))
    renameSync(join(certsDir, 'crl.new'), join(certsDir, 'crl.pem'))
  }

  const codeOf = ({ json: problem }: Answered): unknown => problem?.code

  it('a key is rotated under load, and no exchange fails', async () => {
    const oldKey = bindingOfKey(keyOf(world.certsDir, 'G99.21.records'))
    const old = world.client('G99.21.records')
    const calls = (client: typeof old) => [
      { client, system: SYSTEM, call: listCall },
      { client, system: SYSTEM, call: searchCall },
    ]
    const before = startLoad(calls(old), 8)
    await eventually(
      () => before.ledger.length,
      count => count > 50,
      60_000,
    )

    // The unit makes a key, the ministry's authority certifies it: the system has to be registered in the running gateway.
    const unit = join(world.certsDir, 'unit')
    await pki('request', '--system', SYSTEM, '--out', unit)
    const request = join(unit, 'G99.21.records.csr')
    await pki(
      ...['sign', ca, request, '--system', SYSTEM, '--database'],
      ...['--passphrase-file', join(world.certsDir, 'issuing.pass'), '--out', join(world.certsDir, 'records.new.crt')],
    )
    copyFileSync(join(unit, 'G99.21.records.key'), join(world.certsDir, 'records.new.key'))
    const newKey = bindingOfKey(keyOf(world.certsDir, 'records.new'))

    // A change adds the binding, from this very minute on; the system goes over while both keys are good.
    const from = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
    await applyRevision(world, withSystem(SYSTEM, { bindings: [{ key: oldKey }, { key: newKey, from }] }))
    const after = startLoad(calls(world.client('records.new')), 8)
    await eventually(
      () => after.ledger.length,
      count => count > 50,
      60_000,
    )
    await before.stop()

    // A change removes the old binding.
    await applyRevision(world, withSystem(SYSTEM, { bindings: [{ key: newKey, from }] }))
    const reached = after.ledger.length
    await eventually(
      () => after.ledger.length,
      count => count > reached + 50,
      60_000,
    )
    await after.stop()

    const failed = [...before.ledger, ...after.ledger].filter(({ status }) => status !== 200)
    expect(failed).toEqual([])
    // The log names the key of each, under one system.
    const records = (await readLog(world.database.adminUrl)).filter(({ kind }) => kind === 'response')
    const keyIn = new Map(records.map(({ exchange, fields }) => [exchange, [fields.consumer, fields.key]]))
    expect(new Set(before.ledger.map(({ exchange }) => String(keyIn.get(exchange))))).toEqual(
      new Set([`${SYSTEM},${oldKey}`]),
    )
    expect(new Set(after.ledger.map(({ exchange }) => String(keyIn.get(exchange))))).toEqual(
      new Set([`${SYSTEM},${newKey}`]),
    )
    // The old key is nobody's now.
    const refused = await world.client('G99.21.records').call(listCall)
    expect([refused.status, codeOf(refused)]).toEqual([401, 'certificate-unbound'])
  }, 240_000)

  it('a certificate that is revoked and on the published list is refused', async () => {
    const client = world.client('records.new')
    expect((await client.call(listCall)).status).toBe(200)
    await pki('revoke', ca, join(world.certsDir, 'records.new.crt'), '--reason', 'keyCompromise')
    await pki('crl', ca, '--passphrase-file', join(world.certsDir, 'issuing.pass'))
    publish(world.certsDir)
    const refused = await eventually(
      () => client.call(listCall).catch(() => null),
      answer => answer?.status === 401,
      60_000,
    )
    expect(refused && codeOf(refused)).toBe('certificate-revoked')
  }, 240_000)

  it('an end that is near is logged once, shown by health, metrics and doctor, and stops nothing', async () => {
    const name = 'G99.23.training'
    const notAfter = new Date(Date.now() + 5.5 * DAY)
    await writeCertificate(world.certsDir, name, {
      system: 'G99.23/training',
      key: keyOf(world.certsDir, name),
      notAfter,
    })
    for (let n = 0; n < 3; n++) {
      const client = world.client(name)
      expect((await client.call(stockCall)).status).not.toBe(401)
      client.close()
    }
    const lines = (): readonly Record<string, unknown>[] =>
      world.gateway
        .log()
        .split('\n')
        .filter(line => line.includes('expires soon') && line.includes('G99.23/training'))
        .map(line => JSON.parse(line) as Record<string, unknown>)
    const [line, ...more] = await eventually(lines, found => found.length > 0, 60_000)
    expect(line).toMatchObject({ level: 'warn', kind: 'system', name: 'G99.23/training', days: 6 })
    expect(line?.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(more).toEqual([])

    const get = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${world.gateway.opsPort}${path}`)
    const health = (await (await get('/readyz')).json()) as {
      ready: boolean
      parts: { part: string; detail: string }[]
    }
    expect(health.ready).toBe(true)
    expect(health.parts.find(({ part }) => part === 'certificates')?.detail).toContain(
      'system G99.23/training in 6 days',
    )
    const metrics = await (await get('/metrics')).text()
    const gauge = (labels: string): number =>
      Number(new RegExp(`^lienthong_certificate_expiry_seconds\\{${labels}\\} (-?\\d+)$`, 'm').exec(metrics)?.[1])
    expect(gauge('kind="system",name="G99.23/training"')).toBeGreaterThan(5 * 86_400)
    expect(gauge('kind="system",name="G99.23/training"')).toBeLessThanOrEqual(5.5 * 86_400)
    // Everything else in use: the gateway's own, what it saw of providers, issuers and roots of the configuration.
    for (const labels of [
      'kind="gateway",name="gateway-1"',
      'kind="provider",name="G99.10/data-centre"',
      'kind="issuer",name="development-ca"',
      'kind="root",name="ministry-ca"',
    ])
      expect([labels, gauge(labels) > 20 * 86_400]).toEqual([labels, true])

    const environment = { ...world.environment, OPS_PORT: String(world.gateway.opsPort) }
    const doctor = await runCommand(['doctor', '--json'], environment)
    const { results } = JSON.parse(doctor.stdout) as { results: Record<string, string>[] }
    expect(results).toContainEqual({
      state: 'warning',
      what: 'certificate of system G99.23/training',
      detail: 'expires in 6 days: renew it',
    })
  }, 240_000)
})
