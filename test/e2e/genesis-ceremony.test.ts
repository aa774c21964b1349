import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from '../../gateway/cli/demo/free-port.ts'
import { genesisCommand } from '../../gateway/cli/genesis.ts'
import { ensureGenesis, mustRead } from '../../gateway/cli/serve/genesis.ts'
import { strict } from '../../gateway/cli/strict.ts'
import { VerifiedRevisions } from '../../gateway/control/verified-revisions.ts'
import { parseDigest } from '../../gateway/domain/digest.ts'
import { must } from '../../gateway/domain/result.ts'
import { systemClock } from '../../gateway/edge/clock.ts'
import { LocalStateFile } from '../../gateway/edge/local-state.ts'
import { type Database, openDatabase } from '../../gateway/edge/postgres/database.ts'
import { newestRevision, readRevision } from '../../gateway/edge/postgres/revisions.ts'
import { storedRevisions } from '../../gateway/edge/postgres/stored-revisions.ts'
import { freshDatabase } from '../support/database.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { startGatewayProcess } from '../support/world/gateway-process.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(ROOT, 'docs/genesis-ceremony.md')
const LOGINS = ['office_1', 'exchange_1', 'auditor_1']

/** The table at which the ceremony of the page is held, with a database cluster behind it that has real logins. */
const directory = mkdtempSync(join(tmpdir(), 'lienthong-ceremony-'))
const at = (name: string): string => join(directory, name)
const name = `ceremony_${process.pid}`
const adminUrl = new URL(process.env.TEST_DATABASE_ADMIN_URL ?? '')
const databaseUrl = new URL(adminUrl)
databaseUrl.pathname = `/${name}`
const ports: Record<string, number> = {}
const started: { child: ChildProcess; log: () => string }[] = []

beforeAll(async () => {
  for (const port of ['8443', '8444', '9464', '9465']) ports[port] = await freePort('127.0.0.1')
  await asAdmin(adminUrl.href, `CREATE DATABASE ${name}`)
})
afterAll(async () => {
  await Promise.all(started.map(({ child }) => stop(child)))
  await asAdmin(
    adminUrl.href,
    `DROP DATABASE ${name} WITH (FORCE)`,
    ...LOGINS.map(login => `DROP ROLE IF EXISTS ${login}`),
  )
  rmSync(directory, { recursive: true, force: true })
})

async function asAdmin(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The page's own words, at the database, ports and program of this test. */
function here(text: string): string {
  let own = text
    .replaceAll('postgres://admin@db.example/lienthong', databaseUrl.href)
    .replaceAll('db.example:5432:lienthong', `${databaseUrl.hostname}:${databaseUrl.port}:${name}`)
    .replaceAll('@db.example/lienthong', `@${databaseUrl.host}${databaseUrl.pathname}`)
    .replaceAll('npx lienthong', `'${process.execPath}' '${join(ROOT, 'bin/lienthong.js')}'`)
  for (const [port, free] of Object.entries(ports)) own = own.replaceAll(port, String(free))
  return own
}

const environment = (): Record<string, string | undefined> => ({
  ...process.env,
  NODE_OPTIONS: '',
  EXCHANGE_PORT: String(ports['8443']),
  OFFICE_PORT: String(ports['8444']),
})

function run(code: string): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile('bash', ['-ec', here(code)], { cwd: directory, env: environment() }, (error, stdout, stderr) =>
      error ? reject(new Error(`${code}\n${stderr}${stdout}`)) : resolve(stdout),
    ),
  )
}

/** Starts what the page starts in a terminal of its own, and waits until exchanges can cross. */
async function serve(code: string): Promise<void> {
  const role = /--role (\w+)/.exec(code)?.[1]
  const child = spawn('bash', ['-ec', here(code).replace(/^'/m, "exec '")], {
    cwd: directory,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.on('data', chunk => (text += String(chunk)))
  started.push({ child, log: () => text })
  const url = `http://127.0.0.1:${ports[role === 'office' ? '9464' : '9465']}/readyz`
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`${code}\n${text}`)
    if ((await fetch(url).catch(() => null))?.ok) return
    await sleep(50)
  }
  throw new Error(`not ready:\n${text}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

/** `…` stands for anything. */
const pattern = (prints: string): RegExp =>
  new RegExp(
    prints
      .trim()
      .split('…')
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
    's',
  )

interface Fence {
  readonly language: string
  readonly mark: string
  readonly text: string
}
const fences: readonly Fence[] = [
  ...readFileSync(PAGE, 'utf8').matchAll(/^```(\S+)(?: (\S+))?\n([\s\S]*?)^```$/gm),
].map(([, language = '', mark = '', text = '']) => ({ language, mark, text }))

/** What the page does with each kind of fence. */
async function follow(fence: Fence, next: Fence | undefined): Promise<void> {
  const file = /^file=(\S+)$/.exec(fence.mark)?.[1]
  if (file !== undefined) {
    mkdirSync(dirname(at(file)), { recursive: true })
    return writeFileSync(at(file), here(fence.text), { mode: 0o600 })
  }
  if (fence.mark === 'run')
    return asAdmin(databaseUrl.href, ...fence.text.split(';\n').filter(line => line.trim() !== ''))
  if (fence.mark === 'serve') return serve(fence.text)
  if (fence.mark === 'snippet') {
    const printed = (await run(fence.text)).trim()
    expect(printed).toMatch(pattern(next?.text ?? ''))
  }
}

it('the ceremony of docs/genesis-ceremony.md works as written, to the first change by two', async () => {
  for (const [n, fence] of fences.entries()) await follow(fence, fences[n + 1])
  // No command stands there that was not run.
  expect(fences.filter(({ language, mark }) => language !== 'text' && mark === '')).toEqual([])
  expect(started).toHaveLength(2)
}, 300_000)

describe('behind it', () => {
  const digest = (): string => new LocalStateFile(at('office')).state.genesis ?? ''
  const officeUrl = (): string => {
    const url = new URL(databaseUrl)
    Object.assign(url, { username: 'office_1', password: 'the-first-secret' })
    return url.href
  }

  it('both planes obey the first change, and neither login may more than its plane', async () => {
    for (const { log } of started) {
      for (let attempt = 0; attempt < 200 && !log().includes('"revision":1'); attempt++) await sleep(50)
      expect(log()).toContain('"revision":1')
      expect(log()).not.toContain('may do more')
    }
  })

  it('the first records of the control lane hold the digest and who signed', async () => {
    const records = (await readLog(databaseUrl.href)).filter(({ kind }) => kind === 'revision')
    expect(records.map(({ fields }) => [fields.number, fields.officers])).toEqual([
      [0, ['security-1', 'security-2', 'security-3']],
      [1, ['security-1', 'security-2']],
    ])
    expect(records[0]?.fields.digest).toBe(digest())
    expect(records[0]?.index).toBeLessThan(5)
  })

  it('a second genesis is not installed, not even the same one', async () => {
    const own = { DATA_DIR: at('again'), DATABASE_URL: officeUrl() }
    const refused = await genesis(['install', at('genesis.json'), '--digest', digest()], own)
    expect(refused).toEqual({ code: 1, json: { good: false, reason: expect.stringContaining('installed once') } })
    expect(new LocalStateFile(at('again')).state.genesis).toBeNull()
  })

  it('a machine without a pin does not start, and says what to do', async () => {
    const own = { DATA_DIR: at('new'), DATABASE_URL: officeUrl(), CERTS_DIR: at('certs') }
    // Where it starts all the same, it has to be stopped.
    const said = await startGatewayProcess(own, 'office').then(
      async gateway => `it started: ${await gateway.stop()}`,
      (refused: Error) => refused.message,
    )
    expect(said).toContain('ended with code 2')
    expect(said).toContain('lienthong genesis pin DIGEST')
    // Whoever replaced the genesis would otherwise say what to type.
    expect(said).not.toContain(digest())
  }, 60_000)

  it('a machine with another pin does not start, until the digest on paper is typed', async () => {
    const own = { DATA_DIR: at('other') }
    await withDatabase(databaseUrl.href, async database => {
      expect((await genesis(['pin', 'ab'.repeat(32)], own)).code).toBe(0)
      await expect(ensureGenesis(database, new LocalStateFile(at('other')), unread)).rejects.toThrow('type it again')
      expect(
        (
          await genesis(
            [
              'pin',
              digest()
                .toUpperCase()
                .replaceAll(/(.{4})/g, '$1 '),
            ],
            own,
          )
        ).code,
      ).toBe(0)
      expect(await ensureGenesis(database, new LocalStateFile(at('other')), unread)).toBe('present')
    })
  })

  it('a machine that has obeyed the genesis takes no other pin', async () => {
    expect((await genesis(['pin', 'ab'.repeat(32)], { DATA_DIR: at('office') })).code).toBe(1)
    expect((await genesis(['pin', digest()], { DATA_DIR: at('office') })).code).toBe(0)
  })

  it('a signature taken out of the database, or put in twice, keeps every process from obeying it', async () => {
    const pinned = { genesis: must(parseDigest(digest())), highest: null }
    await withDatabase(databaseUrl.href, async database => {
      const verify = async () => {
        const revisions = new VerifiedRevisions(storedRevisions(database), pinned, () => systemClock().now())
        await revisions.newest()
        return revisions.broken
      }
      const put = (signatures: readonly string[]) =>
        database.pool.query('UPDATE revision SET signatures = $1 WHERE number = 0', [signatures])
      const signatures = (await readRevision(database, 0))?.signatures ?? []
      const [first = '', second = '', third = ''] = signatures
      expect(await verify()).toBeNull()
      await put([second, third])
      expect(await verify()).toMatchObject({ number: 0, reason: 'not-approved', detail: 'not signed by security-1' })
      await put([second, second, third])
      expect(await verify()).toMatchObject({ number: 0, reason: 'not-approved', detail: 'security-2 signed twice' })
      await put([first, second, third])
      expect(await verify()).toBeNull()
    })
  })

  it('a start makes no production genesis of a directory, and no development one where another genesis is pinned', async () => {
    const empty = await freshDatabase()
    try {
      await withDatabase(empty.officeUrl, async database => {
        const state = new LocalStateFile(at('fresh'))
        const read = (edit = (text: string): string => text) => mustRead(at('configuration'), at('certs'), edit)
        await expect(ensureGenesis(database, state, read)).rejects.toThrow('comes out of a ceremony')
        state.write({ genesis: must(parseDigest('cd'.repeat(32))), highest: null })
        const development = () => read(text => text.replace('mode: production', 'mode: development'))
        await expect(ensureGenesis(database, state, development)).rejects.toThrow('this directory makes')
        expect(state.state.genesis).toBe('cd'.repeat(32))
        expect(await newestRevision(database)).toBe(-1)

        // A development one, found without a pin: believed of a database of this machine only.
        expect(await ensureGenesis(database, new LocalStateFile(at('maker')), development)).toBe('made')
        const elsewhere = { ...database, url: 'postgres://office@db.example/lienthong' }
        const finder = new LocalStateFile(at('finder'))
        await expect(ensureGenesis(elsewhere, finder, unread)).rejects.toThrow('on another machine')
        expect(finder.state.genesis).toBeNull()
        expect(await ensureGenesis(database, finder, unread)).toBe('adopted')
        expect(await ensureGenesis(elsewhere, finder, unread)).toBe('present')
      })
    } finally {
      await empty.drop()
    }
  })
})

const unread = (): never => {
  throw new Error('a stored genesis needs no directory')
}

async function withDatabase(url: string, work: (database: Database) => Promise<void>): Promise<void> {
  const database = openDatabase(url, { name: 'test' })
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

/** The command in this process: the page has run the program itself. */
async function genesis(
  words: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number; json: unknown }> {
  const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    process.exitCode = undefined
    await strict(genesisCommand(environment)).parseAsync([...words, '--json'], { from: 'user' })
    return { code: Number(process.exitCode ?? 0), json: JSON.parse(String(printed.mock.calls[0]?.[0])) }
  } finally {
    process.exitCode = undefined
    printed.mockRestore()
  }
}
