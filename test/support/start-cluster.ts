import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbedded } from '../../gateway/edge/postgres/embedded/start.ts'
import { migrate } from '../../gateway/edge/postgres/migrations/migrate.ts'
import { TEMPLATE } from './database.ts'

/** What stop-cluster.ts, in the same process, needs. */
export interface TestCluster {
  stop(): Promise<void>
}

/** Jest's globalSetup: one real PostgreSQL for the whole run, with a migrated template for freshDatabase(). */
export default async function startCluster(): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'lienthong-test-'))
  const server = await startEmbedded({ dataDirectory })
  const admin = new Client({ connectionString: server.adminUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${TEMPLATE}`)
  await admin.end()
  const template = new URL(server.adminUrl)
  template.pathname = `/${TEMPLATE}`
  await migrate(template.href)

  process.env['TEST_DATABASE_ADMIN_URL'] = server.adminUrl
  process.env['TEST_DATABASE_RUNTIME_URL'] = server.runtimeUrl
  process.env['TEST_DATABASE_EXCHANGE_URL'] = server.urlOf('exchange')
  process.env['TEST_DATABASE_OFFICE_URL'] = server.urlOf('office')
  const stop = async () => {
    await server.stop()
    await rm(dataDirectory, { recursive: true, force: true })
  }
  ;(globalThis as { testCluster?: TestCluster }).testCluster = { stop }
}
