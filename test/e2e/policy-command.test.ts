import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { query } from '../support/ledger/read-log.ts'
import { lockRecords } from '../support/world/lock-records.ts'
import { startWorld, type World } from '../support/world/world.ts'

const PATH = '/exchange/G99.10/categories/v1/provinces'
const purpose = { 'exchange-purpose': 'reference-data' }

interface Group {
  readonly change: string
  readonly unit: string
  readonly service: string
  readonly was: string
  readonly now: string
  readonly count: number
  readonly examples: readonly string[]
}

/** What a candidate directory changes in the demo's agreements. */
const CANDIDATE: readonly (readonly [file: string, from: string | RegExp, to: string])[] = [
  ['agreements/records-categories.yaml', /^ceiling:/m, 'suspended: true\nceiling:'],
]

describe('lienthong policy', () => {
  let world: World
  let candidate: string
  beforeAll(async () => {
    world = await startWorld()
    candidate = join(world.directory, 'candidate')
    cpSync(join(world.directory, 'config'), candidate, { recursive: true })
    for (const [file, from, to] of CANDIDATE) {
      const path = join(candidate, file)
      const text = readFileSync(path, 'utf8')
      const changed = text.replace(from, to)
      expect(changed).not.toBe(text)
      writeFileSync(path, changed)
    }
    for (let n = 0; n < 3; n++) await world.client('G99.21.records').call({ path: PATH, headers: purpose })
    await world.client('G99.23.training').call({ path: PATH, headers: purpose })
    await world.client('G99.21.records').call({ path: PATH, headers: {} })
    // Two that never come to a decision: no such service; a header that cannot be read.
    await world.client('G99.21.records').call({ path: '/exchange/G99.10/nothing/v1/x', headers: purpose })
    await world.client('G99.21.records').call({ path: PATH, headers: { 'exchange-purpose': 'Not A Purpose' } })
    // Without an agreement, for a purpose that one could grant.
    const verify = {
      path: '/exchange/G99.10/identity/v1/verifications',
      method: 'POST' as const,
      headers: { 'exchange-purpose': 'identity-check', 'content-type': 'application/json' },
      body: '{}',
    }
    await world.client('G99.23.training').call(verify)
  })
  afterAll(() => world.close())

  const run = async <T>(...words: string[]): Promise<T & { readonly code: number }> => {
    const { code, stdout, stderr } = await world.command('policy', ...words, '--json')
    if (stdout === '') throw new Error(stderr)
    return { code, ...(JSON.parse(stdout) as T) }
  }

  describe('explain', () => {
    const asked = (consumer: string, ...more: string[]) =>
      run<{
        decision: string
        reason: string | null
        agreement: string | null
        checks: { check: string; outcome: string }[]
      }>(
        'explain',
        ...['--consumer', consumer, '--service', 'G99.10/categories/v1', '--operation', 'listProvinces'],
        ...more,
      )
    const given = ['--purpose', 'reference-data'] as const

    it('says why an exchange is permitted, and ends with 0', async () => {
      const { code, decision, agreement, checks } = await asked('G99.21/records', ...given)
      expect({ code, decision, agreement }).toEqual({ code: 0, decision: 'permit', agreement: 'records-categories' })
      expect(new Set(checks.map(({ outcome }) => outcome))).toEqual(new Set(['passed']))
    })

    it('says why it is refused, and ends with 1', async () => {
      const { code, decision, reason, checks } = await asked('G99.21/records', ...given, '--classification', 'toi-mat')
      expect({ code, decision, reason }).toEqual({ code: 1, decision: 'refuse', reason: 'state-secret' })
      expect(checks.map(({ outcome }) => outcome).slice(0, 3)).toEqual(['passed', 'failed', 'not-reached'])
    })

    it('under a directory that somebody wants to try, in the language of the reader', async () => {
      const words = [
        '--consumer',
        'G99.21/records',
        '--service',
        'G99.10/categories/v1',
        '--operation',
        'listProvinces',
      ]
      const tried = await world.command('policy', 'explain', ...words, ...given, '--config', candidate, '--lang', 'vi')
      expect(tried.code).toBe(1)
      expect(tried.stdout).toContain('TỪ CHỐI  agreement-suspended')
      expect(tried.stdout).toContain('✗ thỏa thuận không bị tạm ngừng')
    })
  })

  describe('replay', () => {
    const replay = (...more: string[]) =>
      run<{
        replayed: number
        same: number
        differences: Group[]
        notReplayable: { why: string; code: string; count: number }[]
        findingCount: number
      }>('replay', ...more)

    it('under the revision that decided finds no difference, and ends with 0', async () => {
      const { code, replayed, same, differences, findingCount } = await replay('--revision', '0')
      expect({ code, replayed, same, differences, findingCount }).toEqual({
        code: 0,
        replayed: 6,
        same: 6,
        differences: [],
        findingCount: 0,
      })
    })

    it('under a candidate lists what would differ by unit, service and reason, and ends with 1', async () => {
      const { code, differences, notReplayable } = await replay('--config', candidate)
      expect(code).toBe(1)
      expect(differences.map(({ examples, ...group }) => ({ ...group, examples: examples.length }))).toEqual([
        {
          change: 'now-refused',
          unit: 'G99.21',
          service: 'G99.10/categories/v1',
          was: 'permit',
          now: 'agreement-suspended',
          count: 3,
          examples: 3,
        },
      ])
      expect(notReplayable).toEqual([
        { why: 'not-routed', code: 'not-permitted', count: 1 },
        { why: 'not-decided', code: 'header-invalid', count: 1 },
      ])
    })

    it('names who would be let in, though there was no agreement', async () => {
      const path = join(candidate, 'agreements/training-identity.yaml')
      const template = readFileSync(join(candidate, 'agreements/records-identity.yaml'), 'utf8')
      writeFileSync(
        path,
        template.replace('id: records-identity', 'id: training-identity').replace('G99.21/records', 'G99.23/training'),
      )
      const { differences } = await replay('--config', candidate)
      expect(differences.map(({ unit, was, now, count }) => [unit, was, now, count])).toContainEqual([
        'G99.23',
        'no-agreement',
        'permit',
        1,
      ])
    })

    it('prints each exchange that would differ', async () => {
      const { stdout } = await world.command('policy', 'replay', '--config', candidate, '--each')
      const lines = stdout.split('\n').filter(line => line.startsWith('{'))
      expect(lines.length).toBeGreaterThanOrEqual(3)
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        change: 'now-refused',
        was: 'permit',
        now: 'agreement-suspended',
      })
    })

    it('refuses what names no candidate, or two', async () => {
      const wrong: readonly (readonly string[])[] = [
        ['--revision', '0', '--config', candidate],
        ['--config', join(world.directory, 'nowhere')],
        ['--change', '01970000-0000-7000-8000-000000000000'],
      ]
      const codes = await Promise.all(
        wrong.map(async words => (await world.command('policy', 'replay', ...words)).code),
      )
      expect(codes).toEqual(wrong.map(() => 2))
    })

    it('tells what it knows when it is interrupted', async () => {
      const main = join(import.meta.dirname, '../../dist/gateway/cli/main.js')
      // The first page cannot be read until the lock is gone, so that the signal surely comes before.
      const unlock = await lockRecords(world.database.adminUrl)
      const child = spawn(process.execPath, [main, 'policy', 'replay', '--json'], {
        env: { ...process.env, NODE_OPTIONS: '', ...world.environment },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let out = ''
      child.stdout.on('data', chunk => (out += String(chunk)))
      const ended = once(child, 'close')
      await untilReading(world)
      child.kill('SIGINT')
      // The signal is handled while the page is awaited.
      await sleep(500)
      await unlock()
      expect(await ended).toEqual([0, null])
      expect(JSON.parse(out)).toMatchObject({ complete: false, differences: [] })
    })
  })

  it('unused lists agreements and operations that nobody used, and says what it cannot know', async () => {
    // The follower copies behind the exchanges.
    for (const begun = Date.now(); Date.now() - begun < 60_000; ) {
      if ((await world.search('--kind', 'request')).length >= 4) break
      await sleep(200)
    }
    const { code, agreements, grants, operations } = await run<{
      agreements: { agreement: string }[]
      grants: { agreement: string; operation: string }[]
      operations: { service: string; operation: string }[]
    }>('unused', '--days', '30')
    expect(code).toBe(1)
    const unused = agreements.map(({ agreement }) => agreement)
    expect(unused).toContain('records-identity')
    expect(unused).not.toContain('records-categories')
    expect(unused).not.toContain('training-categories')
    expect(grants.map(({ agreement, operation }) => `${agreement} ${operation}`)).toContain(
      'records-categories getProvince',
    )
    const never = operations.map(({ service, operation }) => `${service} ${operation}`)
    expect(never).toContain('G99.10/identity/v1 verifyPerson')
    expect(never).not.toContain('G99.10/categories/v1 listProvinces')
    const { stdout } = await world.command('policy', 'unused', '--days', '30')
    expect(stdout).toContain('records do not say which of the granted ones an answer had')
    expect(stdout).toContain('nothing is known before')
  })
})

/** Until the replay waits for its first page. */
async function untilReading({ database }: World): Promise<void> {
  for (const begun = Date.now(); Date.now() - begun < 60_000; await sleep(50)) {
    const waiting = await query(database.adminUrl, async client => {
      const { rows } = await client.query(
        `SELECT 1 FROM pg_stat_activity
         WHERE application_name = 'lienthong replay' AND wait_event_type = 'Lock' AND datname = current_database()`,
      )
      return rows.length
    })
    if (waiting > 0) return
  }
  throw new Error('the replay never read a page')
}
