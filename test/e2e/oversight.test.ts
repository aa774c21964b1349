import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client as Postgres } from 'pg'
import { openDatabase } from '../../gateway/edge/postgres/database.ts'
import { timestampsFor } from '../../gateway/edge/postgres/timestamps.ts'
import { type AuthorityServer, startAuthorityServer } from '../../gateway/edge/timestamp/authority-server.ts'
import { type DevelopmentAuthority, makeDevelopmentAuthority } from '../../gateway/pki/timestamp-authority.ts'
import { query, readLog } from '../support/ledger/read-log.ts'
import { officeClient } from '../support/office/office.ts'
import { keyOf, writeCertificate, writeCrls } from '../support/refusals/certificates.ts'
import { applyRevision, withAgreement } from '../support/refusals/next-revision.ts'
import { eventually } from '../support/refusals/scene.ts'
import { startWorld, type World } from '../support/world/world.ts'

/** One world: stamps of a good and of a failing authority, and alerts of each cause, over live TLS. */

const RULES = `
- { id: many-refusals, title: { en: Many refusals, vi: Nhiều lần từ chối }, event: refusals, count: 20 }
- { id: much-data, title: { en: Much data, vi: Nhiều dữ liệu }, event: bytes, count: 1500, service: G99.10/categories/v1 }
- { id: odd-connections, title: { en: Odd connections, vi: Kết nối lạ }, event: tls-failures, count: 5 }
`
const SETTINGS = `
- { id: timestamping, every: PT2S, alertAfter: PT3S }
- { id: caps, systemPerSecond: 200 }
`

const COMMAND = join(import.meta.dirname, '../../dist/gateway/cli/main.js')
const fromNow = (days: number): Date => new Date(Date.now() + days * 86_400_000)

interface ShownAlert {
  readonly id: string
  readonly rule: string
  readonly subject: string
  readonly endedAt: string | null
  readonly review: string
  readonly reviewer: string | null
}

let world: World
let authority: DevelopmentAuthority
let server: AuthorityServer

beforeAll(async () => {
  authority = await makeDevelopmentAuthority(new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000))
  const other = await makeDevelopmentAuthority(new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000))
  server = await startAuthorityServer({ authority, host: '127.0.0.1', port: 0, now: () => new Date() })
  world = await startWorld({
    configure(files, certsDir) {
      writeFileSync(join(certsDir, 'time-root.crt'), authority.root)
      writeFileSync(join(certsDir, 'other-root.crt'), other.root)
      const url = `http://127.0.0.1:${server.port}/`
      // The same server, of which another root is expected: every stamp of it is refused.
      files.set(
        'time-authorities/all.yaml',
        `- { name: good, title: { en: Good, vi: Tốt }, url: "${url}", certificates: [time-root.crt] }
- { name: bad, title: { en: Bad, vi: Xấu }, url: "${url}", certificates: [other-root.crt] }
`,
      )
      files.set('settings/all.yaml', SETTINGS)
      files.set('alerts/all.yaml', RULES)
    },
  })
}, 60_000)
afterAll(async () => {
  await world.close()
  await server.close()
})

async function alerts(state = 'open'): Promise<readonly ShownAlert[]> {
  const { code, stdout, stderr } = await world.command('alert', 'list', '--state', state, '--json')
  if (code !== 0) throw new Error(stderr)
  return (JSON.parse(stdout) as { alerts: ShownAlert[] }).alerts
}

interface StoredAlert {
  readonly id: string
  readonly rule: string
  readonly subject: string
  readonly ended: boolean
  readonly review: string
  readonly reviewer: string | null
}

/** Every alert until now, straight from the table: the command costs half a second. */
async function stored(): Promise<readonly StoredAlert[]> {
  const client = new Postgres({ connectionString: world.database.adminUrl })
  await client.connect()
  try {
    const text = 'SELECT id, rule, subject, ended_at IS NOT NULL AS ended, review, reviewer FROM alert ORDER BY id'
    return (await client.query<StoredAlert>(text)).rows
  } finally {
    await client.end()
  }
}

const raised = (rule: string, subject: RegExp = /./) =>
  eventually(stored, all => all.some(each => each.rule === rule && subject.test(each.subject)), 20_000).then(
    all =>
      all.find(each => each.rule === rule && subject.test(each.subject)) as Awaited<ReturnType<typeof stored>>[number],
  )

const call = (
  system: string,
  path: string,
  headers: Record<string, string> = { 'exchange-purpose': 'reference-data' },
) => {
  const client = world.client(system)
  return client.call({ path: `/exchange/G99.10/categories/v1${path}`, headers })
}

describe('time stamps', () => {
  it('come from the good authority on schedule, and openssl alone verifies them', async () => {
    const database = openDatabase(world.database.runtimeUrl, { name: 'test' })
    try {
      const stamps = await eventually(
        () => timestampsFor(database, 0),
        found => found.length > 0,
        10_000,
      )
      expect(stamps.map(({ authority: name }) => name)).toEqual(['good'])
      const [stamp] = stamps
      if (!stamp) throw new Error('no stamp')
      const at = (name: string) => join(world.directory, name)
      writeFileSync(at('checkpoint'), stamp.checkpoint)
      writeFileSync(at('token'), stamp.token)
      writeFileSync(at('time-root.crt'), authority.root)
      const words = [
        'ts',
        '-verify',
        '-data',
        at('checkpoint'),
        '-in',
        at('token'),
        '-token_in',
        '-CAfile',
        at('time-root.crt'),
      ]
      expect(execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toContain('OK')
      expect(stamp.checkpoint.split('\n').slice(0, 2)).toEqual(['lienthong/control', String(stamp.size)])
      // The next one is of the grown lane: asked for from there on, that is the first.
      const later = await eventually(
        () => timestampsFor(database, stamp.size + 1),
        found => found.length > 0,
        10_000,
      )
      expect(later[0]?.size).toBeGreaterThan(stamp.size)
    } finally {
      await database.close()
    }
  }, 30_000)

  it('of the failing one are missed, told and alerted; exchanges cross, and the other is not kept waiting', async () => {
    expect((await raised('unstamped', /^bad$/)).ended).toBe(false)
    expect((await stored()).filter(({ rule, subject }) => rule === 'unstamped' && subject === 'good')).toEqual([])
    expect(world.gateway.log()).toContain('a time authority gives no good stamp')
    expect((await call('G99.21.records', '/provinces')).status).toBe(200)
    const metrics = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/metrics`)).text()
    const age = (name: string) =>
      Number(new RegExp(`^lienthong_stamp_age_seconds{authority="${name}"} (.+)$`, 'm').exec(metrics)?.[1])
    expect(age('good')).toBeLessThan(4)
    expect(age('bad')).toBeGreaterThan(3)
    const ready = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/readyz`)).text()
    expect(ready).toMatch(/good \d+ s ago, bad never|bad never, good \d+ s ago/)
  }, 30_000)
})

describe('alerts', () => {
  it('a spike of refusals of one system, once', async () => {
    for (let n = 0; n < 25; n++) expect((await call('G99.23.training', '/provinces/01')).status).toBe(403)
    await raised('many-refusals', /^G99\.23\/training$/)
    const own = (await stored()).filter(({ rule }) => rule === 'many-refusals')
    expect(own).toHaveLength(1)
  }, 30_000)

  it('a bulk pull of one system', async () => {
    for (let n = 0; n < 20; n++) expect((await call('G99.21.records', '/provinces')).status).toBe(200)
    await raised('much-data', /^G99\.21\/records$/)
    expect((await stored()).filter(({ rule }) => rule === 'much-data')).toHaveLength(1)
  }, 30_000)

  it('failed connections of one address', async () => {
    const officer = world.client('officer.security-1')
    for (let n = 0; n < 6; n++) {
      const client = world.client('officer.security-1')
      await client.call({ path: '/exchange/G99.10/categories/v1/provinces' }).catch(() => undefined)
      client.close()
    }
    officer.close()
    await raised('odd-connections', /127\.0\.0\.1|::1/)
  }, 30_000)

  it('break-glass: at its activation and at its first use, reviewed by another officer than those who signed it', async () => {
    const minute = Math.floor(Date.now() / 60_000) * 60_000
    const at = (millis: number) => `${new Date(millis).toISOString().slice(0, 19)}Z`
    await applyRevision(
      world,
      withAgreement('training-categories', {
        dormant: true,
        activation: { from: at(minute), until: at(minute + 30 * 60_000), reason: 'A test of an emergency.' },
      }),
    )
    const activated = await raised('break-glass', /^training-categories from /)
    expect((await stored()).filter(({ rule }) => rule === 'break-glass-used')).toEqual([])
    for (let n = 0; n < 3; n++) expect((await call('G99.23.training', '/provinces')).status).toBe(200)
    await raised('break-glass-used', /^training-categories from /)

    // Lost from sight and found again, as behind a restart: an emergency is raised but once.
    await query(world.database.adminUrl, async client => {
      await client.query("UPDATE alert SET ended_at = raised_at WHERE rule LIKE 'break-glass%'")
      const told = "SELECT max(at) > clock_timestamp() - interval '2 seconds' AS told FROM process_report"
      for (const _look of [1, 2]) {
        await client.query("UPDATE process_report SET at = at - interval '3 seconds'")
        await eventually(async () => (await client.query<{ told: boolean }>(told)).rows[0]?.told, Boolean, 15_000)
      }
    })
    expect((await stored()).filter(({ rule }) => rule.startsWith('break-glass'))).toHaveLength(2)

    const as = (name: string) => officeClient(world, `officer.${name}`)
    const review = {
      method: 'POST',
      path: `/api/v1/alerts/${activated.id}/review`,
      body: { note: 'Looked at all of it.' },
    }
    const signer = as('security-1')
    const refused = await signer.call(review)
    expect([refused.status, refused.json?.code]).toEqual([409, 'alert-state'])
    const operator = as('operator-1')
    expect((await operator.call({ path: '/api/v1/alerts?state=unreviewed' })).json).toMatchObject({ cursor: null })
    expect((await operator.call(review)).status).toBe(403)
    const auditor = as('auditor-1')
    expect((await auditor.call(review)).json).toMatchObject({ id: activated.id, reviewer: 'auditor-1' })
    expect((await auditor.call(review)).status).toBe(409)
    for (const client of [signer, operator, auditor]) client.close()

    const used = await raised('break-glass-used')
    const officer = (name: string) => [
      '--officer',
      name,
      '--key',
      join(world.certsDir, `officer.${name}.key`),
      '--json',
    ]
    const byCommand = (name: string) => world.command('alert', 'review', used.id, '--note', 'Seen.', ...officer(name))
    expect(await byCommand('security-2')).toMatchObject({ code: 1, stdout: '{"refused":"own-act"}\n' })
    expect((await byCommand('auditor-1')).code).toBe(0)
    const reviewers = (await stored()).filter(({ rule }) => rule.startsWith('break-glass')).map(each => each.reviewer)
    expect(reviewers).toEqual(['auditor-1', 'auditor-1'])
    expect((await alerts('unreviewed')).filter(({ rule }) => rule.startsWith('break-glass'))).toEqual([])
  }, 60_000)

  it('a certificate in use that expires soon, and revocation lists that are stale, until there are fresh ones', async () => {
    const { certsDir } = world
    const wish = { system: 'G99.22/logistics', key: keyOf(certsDir, 'G99.22.logistics'), notAfter: fromNow(5) }
    await writeCertificate(certsDir, 'soon', wish)
    expect((await call('soon', '/provinces')).status).toBe(200)
    await raised('certificate-expiring', /^system G99\.22\/logistics [0-9a-f]{16}$/)
    writeCrls(certsDir, [], { stale: true })
    const stale = await raised('revocation-stale', /^development-ca$/)
    writeCrls(certsDir)
    await eventually(stored, all => all.some(({ id, ended }) => id === stale.id && ended), 15_000)
    await eventually(
      () => call('G99.21.records', '/provinces'),
      ({ status }) => status === 200,
    )
    const metrics = await (await fetch(`http://127.0.0.1:${world.gateway.opsPort}/metrics`)).text()
    expect(metrics).toMatch(/^lienthong_alerts{rule="certificate-expiring"} 1$/m)
  }, 40_000)

  it('the cap of a system is that of the settings, and another one takes effect without a restart', async () => {
    const client = world.client('G99.21.records', { connections: 32 })
    const burst = async () => {
      const path = '/exchange/G99.10/categories/v1/provinces'
      const calls = Array.from({ length: 60 }, () =>
        client.call({ path, headers: { 'exchange-purpose': 'reference-data' } }),
      )
      return (await Promise.all(calls)).filter(({ json }) => json?.code === 'system-rate-exceeded').length
    }
    expect(await burst()).toBe(0)
    await applyRevision(world, document => ({
      ...document,
      settings:
        document.settings?.map(setting => (setting.id === 'caps' ? { ...setting, systemPerSecond: 5 } : setting)) ?? [],
    }))
    expect(await burst()).toBeGreaterThan(0)
  }, 30_000)

  it('an audit failure: the database cuts every connection; told at once, kept when it is back', async () => {
    const client = new Postgres({ connectionString: world.database.adminUrl })
    await client.connect()
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await client.end()
    await raised('audit-failure')
    expect(world.gateway.log()).toMatch(
      /"message":"alert".*"rule":"audit-failure"|"rule":"audit-failure".*"message":"alert"/,
    )
    await eventually(
      () => call('G99.21.records', '/provinces'),
      ({ status }) => status === 200,
      10_000,
    )
  }, 40_000)

  it('all of it stands in the control lane, with its review, and the log verifies', async () => {
    const find = async () =>
      (await readLog(world.database.adminUrl)).filter(({ kind }) => kind === 'alert').map(({ fields }) => fields)
    const recorded = await eventually(find, all => all.some(({ rule }) => rule === 'audit-failure'), 10_000)
    const told = new Set(recorded.map(({ event, rule }) => `${String(event)} ${String(rule)}`))
    for (const rule of [
      'unstamped',
      'many-refusals',
      'much-data',
      'odd-connections',
      'break-glass',
      'break-glass-used',
    ])
      expect(told).toContain(`raised ${rule}`)
    expect(recorded.find(({ event, rule }) => event === 'reviewed' && rule === 'break-glass')).toMatchObject({
      officer: 'auditor-1',
      detail: 'Looked at all of it.',
    })
    expect(await world.verify()).toMatchObject({ good: true, findings: [] })
  }, 60_000)
})

describe('the authority for development', () => {
  it('answers what openssl asks, and openssl verifies it, before a restart and behind it', async () => {
    const at = (name: string) => join(world.directory, name)
    const openssl = (...words: string[]) => execFileSync('openssl', words, { encoding: 'utf8', stdio: 'pipe' })
    writeFileSync(at('data'), 'something')
    openssl('ts', '-query', '-data', at('data'), '-sha256', '-cert', '-out', at('asked'))
    for (const _start of [1, 2]) {
      const words = ['pki', 'time-authority', '--dir', at('time'), '--port', '0']
      const child = fork(COMMAND, words, {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, NODE_OPTIONS: '' },
      })
      const ended = once(child, 'exit')
      const [{ port }] = (await once(child, 'message')) as [{ port: number }]
      const post = (type: string, body: Uint8Array<ArrayBuffer>) =>
        fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { 'content-type': type }, body })
      const answer = await post('application/timestamp-query', new Uint8Array(readFileSync(at('asked'))))
      writeFileSync(at('answer'), new Uint8Array(await answer.arrayBuffer()))
      const verified = [
        'ts',
        '-verify',
        '-queryfile',
        at('asked'),
        '-in',
        at('answer'),
        '-CAfile',
        at('time/time-root.crt'),
      ]
      expect(openssl(...verified)).toContain('OK')
      expect((await post('text/plain', new Uint8Array([1]))).status).toBe(400)
      expect((await post('application/timestamp-query', new Uint8Array(10_000))).status).toBe(400)
      child.kill('SIGTERM')
      expect((await ended)[0]).toBe(0)
    }
  }, 30_000)
})

describe('audit verify', () => {
  it('finds a stamp of something else, and one of a checkpoint that the log does not lead to', async () => {
    const client = new Postgres({ connectionString: world.database.adminUrl })
    await client.connect()
    try {
      await client.query('UPDATE timestamp SET token = set_byte(token, 200, get_byte(token, 200) # 1) WHERE id = 1')
      const { code, findings } = await world.verify()
      expect([code, findings.map(({ kind }) => kind)]).toEqual([1, ['timestamp-invalid']])
    } finally {
      await client.end()
    }
  }, 60_000)
})
