import { type Database, openDatabase } from '../edge/postgres/database.ts'
import { startEmbedded } from '../edge/postgres/embedded/start.ts'
import { stopUnused } from '../edge/postgres/embedded/stop-unused.ts'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Misuse } from './misuse.ts'
import type { Settings } from './settings.ts'

/**
 * Runs a command against the database of DATABASE_URL, or the embedded one: attached to where a gateway runs, else started and
 * stopped again behind the command.
 */
export async function withStore<T>(
  settings: Settings,
  work: (database: Database, url: string) => Promise<T>,
): Promise<T> {
  if (settings.databaseUrl !== null) return withDatabase(settings.databaseUrl, work)
  if (!existsSync(join(settings.dataDir, 'pgdata')))
    throw new Misuse(
      `there is no database under ${settings.dataDir}: set DATA_DIR or DATABASE_URL, or start a gateway first`,
    )
  const embedded = await startEmbedded({ dataDirectory: settings.dataDir })
  try {
    return await withDatabase(embedded.runtimeUrl, work)
  } finally {
    if (embedded.found !== 'attached') await stopUnused(embedded)
  }
}

async function withDatabase<T>(url: string, work: (database: Database, url: string) => Promise<T>): Promise<T> {
  const database = openDatabase(url, { name: 'lienthong command', connections: 2 })
  try {
    return await work(database, url)
  } finally {
    await database.close()
  }
}
