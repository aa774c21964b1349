import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readPostmasterPid } from '../../../gateway/edge/postgres/embedded/postmaster-pid.ts'
import { newSecrets, writeSecrets } from '../../../gateway/edge/postgres/embedded/secrets.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../../gateway/edge/postgres/embedded/start.ts'
import { migrate } from '../../../gateway/edge/postgres/migrations/migrate.ts'
import { query } from '../ledger/read-log.ts'
import { stablePort } from './stable-port.ts'

/** A PostgreSQL that a test may kill. Always at the same address, as a ministry's own cluster is. */
export interface PrivateCluster {
  readonly adminUrl: string
  readonly runtimeUrl: string
  /** SIGKILL of the server's first process: its backends notice and end, nothing is flushed. */
  killServer(): Promise<void>
  /** SIGKILL of one backend, chosen by its application_name (LIKE): the server cuts everybody and recovers. False: there is none. */
  killBackend(name: string): Promise<boolean>
  /** After `killServer`: on the same data and port. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function startPrivateCluster(dataDirectory: string): Promise<PrivateCluster> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o711 })
  await writeSecrets(dataDirectory, { ...newSecrets(), port: await stablePort() })
  let server: EmbeddedPostgres = await startEmbedded({ dataDirectory })
  await migrate(server.adminUrl)
  const { adminUrl, runtimeUrl, port } = server
  return {
    adminUrl,
    runtimeUrl,
    async killServer() {
      const found = await readPostmasterPid(join(dataDirectory, 'pgdata'))
      if (found) process.kill(found.pid, 'SIGKILL')
    },
    async killBackend(name) {
      const text = 'SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 ORDER BY random() LIMIT 1'
      const found = await query(adminUrl, client => client.query<{ pid: number }>(text, [name])).catch(() => null)
      const pid = found?.rows[0]?.pid
      if (pid === undefined) return false
      process.kill(pid, 'SIGKILL')
      return true
    },
    async start() {
      server = await startEmbedded({ dataDirectory })
      if (server.port !== port) throw new Error(`the server came back on port ${server.port} instead of ${port}`)
    },
    stop: () => server.stop(),
  }
}
