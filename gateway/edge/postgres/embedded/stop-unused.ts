import { Client } from 'pg'
import type { EmbeddedPostgres } from './start.ts'

/**
 * Stops the embedded server unless another process is connected to it: a second gateway or a command may have come to share it,
 * whoever started it. Close your own connections first. Resolves to whether it was stopped.
 */
export async function stopUnused(embedded: EmbeddedPostgres): Promise<boolean> {
  if ((await connectionsOfOthers(embedded.adminUrl)) > 0) return false
  await embedded.stop()
  return true
}

/** 0 where the server has gone already. */
async function connectionsOfOthers(adminUrl: string): Promise<number> {
  const client = new Client({ connectionString: adminUrl, application_name: 'lienthong stop' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ others: number }>(
      `SELECT count(*)::int AS others FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
    return rows[0]?.others ?? 0
  } catch {
    return 0
  } finally {
    await client.end().catch(() => undefined)
  }
}
