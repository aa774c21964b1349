import { execFile } from 'node:child_process'
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readPostmasterPid } from '../../../gateway/edge/postgres/embedded/postmaster-pid.ts'
import { newSecrets, writeSecrets } from '../../../gateway/edge/postgres/embedded/secrets.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../../gateway/edge/postgres/embedded/start.ts'
import { migrate } from '../../../gateway/edge/postgres/migrations/migrate.ts'
import { stablePort } from '../fault/stable-port.ts'
import { query } from '../ledger/read-log.ts'
import { startTcpSwitch } from './tcp-switch.ts'

const SLOT = 'second'
const CATCH_UP_MILLIS = 20_000

/** A server of the pair, at its own address. */
export interface Member {
  readonly adminUrl: string
  readonly port: number
  /** Past the switch. */
  readonly urlOf: EmbeddedPostgres['urlOf']
  /** SIGKILL of its first process: nothing is flushed, everybody is cut. */
  kill(): Promise<void>
  /** After `kill`: on the same data and port, as whatever it was. */
  start(): Promise<void>
}

/** A primary and its streaming hot standby, and one address that leads to one of them. */
export interface StreamingPair {
  /** Through the switch; what a gateway is given. */
  readonly urlOf: EmbeddedPostgres['urlOf']
  readonly first: Member
  readonly second: Member
  /** The standby has replayed all that the primary has flushed so far. */
  caughtUp(): Promise<void>
  /** The standby receives nothing more: what is committed from now on is on the primary alone. */
  stopStreaming(): Promise<void>
  resumeStreaming(): Promise<void>
  /** The standby takes writes from now on, whether or not the primary still does. */
  promote(): Promise<void>
  pointTo(member: Member): void
  stop(): Promise<void>
}

/**
 * Two servers of the embedded binaries, which have no pg_basebackup: the standby begins as an online copy of its primary's
 * data directory. `synchronous`: a commit waits until the standby has flushed it.
 */
export async function startStreamingPair(directory: string, synchronous: boolean): Promise<StreamingPair> {
  const [firstDirectory, secondDirectory] = [join(directory, 'first'), join(directory, 'second')]
  const secrets = newSecrets()
  for (const place of [firstDirectory, secondDirectory]) {
    await mkdir(place, { recursive: true, mode: 0o711 })
    await writeSecrets(place, { ...secrets, port: await stablePort() })
  }
  const first = await startMember(firstDirectory)
  await migrate(first.adminUrl)
  await asAdmin(first.adminUrl, `SELECT pg_create_physical_replication_slot('${SLOT}', true)`)
  await copyCluster(firstDirectory, secondDirectory, first.adminUrl)
  const second = await startMember(secondDirectory)
  const way = await startTcpSwitch(first.port)
  const setOnStandby = async (name: string, value: string): Promise<void> => {
    await asAdmin(second.adminUrl, `ALTER SYSTEM SET ${name} = '${value}'`)
    await asAdmin(second.adminUrl, 'SELECT pg_reload_conf()')
  }
  const isStreaming = async (): Promise<boolean> =>
    (await rowsOf(first.adminUrl, "SELECT FROM pg_stat_replication WHERE state = 'streaming'")).length === 1
  const pair: StreamingPair = {
    urlOf: role => {
      const url = new URL(first.urlOf(role))
      url.port = String(way.port)
      return url.href
    },
    first,
    second,
    async caughtUp() {
      const [row] = await rowsOf<{ lsn: string }>(first.adminUrl, 'SELECT pg_current_wal_flush_lsn()::text AS lsn')
      const text = `SELECT FROM (SELECT pg_last_wal_replay_lsn() >= '${row?.lsn}'::pg_lsn AS there) AS at WHERE there`
      await until(async () => (await rowsOf(second.adminUrl, text)).length === 1)
    },
    async stopStreaming() {
      await setOnStandby('primary_conninfo', '')
      await until(async () => !(await isStreaming()))
    },
    async resumeStreaming() {
      await setOnStandby('primary_conninfo', conninfoOf(first.adminUrl))
      await until(isStreaming)
    },
    async promote() {
      await asAdmin(second.adminUrl, 'SELECT pg_promote(true, 60)')
    },
    pointTo: member => way.pointTo(member.port),
    async stop() {
      await way.close()
      await Promise.all([first.stop(), second.stop()])
    },
  }
  await until(isStreaming)
  if (synchronous) {
    await asAdmin(first.adminUrl, `ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (${SLOT})'`)
    await asAdmin(first.adminUrl, 'SELECT pg_reload_conf()')
    const text = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'"
    await until(async () => (await rowsOf(first.adminUrl, text)).length === 1)
  }
  return pair
}

const conninfoOf = (adminUrl: string): string => {
  const { hostname, port, username, password } = new URL(adminUrl)
  return `host=${hostname} port=${port} user=${username} password=${password} application_name=${SLOT}`
}

/** An online backup by file copy. Files keep their owners: as root, the server runs as somebody else. */
async function copyCluster(from: string, to: string, adminUrl: string): Promise<void> {
  const run = promisify(execFile)
  const copy = join(to, 'pgdata')
  await query(adminUrl, async admin => {
    await admin.query("SELECT pg_backup_start('pair', true)")
    await run('cp', ['-a', join(from, 'pgdata'), copy])
    const { rows } = await admin.query<{ label: string }>('SELECT labelfile AS label FROM pg_backup_stop(false)')
    await rm(join(copy, 'postmaster.pid'))
    for (const name of ['backup_label', 'standby.signal'])
      await run('cp', ['-a', join(copy, 'PG_VERSION'), join(copy, name)])
    await writeFile(join(copy, 'backup_label'), rows[0]?.label ?? '')
  })
  const settings = [`primary_conninfo = '${conninfoOf(adminUrl)}'`, `primary_slot_name = '${SLOT}'`, '']
  await appendFile(join(copy, 'postgresql.auto.conf'), settings.join('\n'))
}

async function startMember(dataDirectory: string): Promise<Member & Pick<EmbeddedPostgres, 'stop'>> {
  let server = await startEmbedded({ dataDirectory })
  const { port, adminUrl, urlOf } = server
  return {
    adminUrl,
    urlOf,
    port,
    async kill() {
      const found = await readPostmasterPid(join(dataDirectory, 'pgdata'))
      if (found) process.kill(found.pid, 'SIGKILL')
    },
    async start() {
      server = await startEmbedded({ dataDirectory })
      if (server.port !== port) throw new Error(`the server came back on port ${server.port} instead of ${port}`)
    },
    stop: () => server.stop(),
  }
}

const asAdmin = (url: string, text: string): Promise<unknown> => query(url, client => client.query(text))

const rowsOf = async <Row extends object>(url: string, text: string): Promise<readonly Row[]> =>
  (await query(url, client => client.query<Row>(text))).rows

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + CATCH_UP_MILLIS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`the pair did not come to it within ${CATCH_UP_MILLIS / 1000} s`)
    await sleep(50)
  }
}
