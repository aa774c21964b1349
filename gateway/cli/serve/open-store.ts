import { Misuse } from '../misuse.ts'
import type { Settings } from '../settings.ts'
import { type Database, openDatabase } from '../../edge/postgres/database.ts'
import { startEmbedded, type EmbeddedPostgres } from '../../edge/postgres/embedded/start.ts'
import { checkRights } from '../../edge/postgres/check-rights.ts'
import type { ProcessRole } from '../../edge/postgres/process-role.ts'
import { migrate } from '../../edge/postgres/migrations/migrate.ts'

export interface Store {
  readonly database: Database
  /** Null where the ministry's own cluster is used. */
  readonly embedded: EmbeddedPostgres | null
  /** In words, for the person who started us. */
  readonly found: string
  /** Rights of the login that a process of this role does not need. */
  readonly excess: readonly string[]
}

const FOUND = {
  initialised: 'made a new database',
  started: 'started the database',
  attached: 'attached to the database that was still running',
  recovered: 'recovered the database, which had not been shut down cleanly',
} as const satisfies Record<EmbeddedPostgres['found'], string>

/** Throws Misuse where the tables are not those of this version. */
async function demandTables(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ there: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('revision') AND attname = 'signatures') AS there",
  )
  if (rows[0]?.there) return
  await database.close()
  throw new Misuse(
    'the database of DATABASE_URL lacks tables of this version: run `lienthong migrate` with DATABASE_ADMIN_URL first',
  )
}

/** What the login may beyond its need. Throws Misuse where it may not do what a process of this role does. */
async function demandRights(database: Database, role: ProcessRole): Promise<readonly string[]> {
  const { missing, excess } = await checkRights(database, role)
  if (missing.length === 0) return excess
  await database.close()
  const groups = role === 'all' ? 'lienthong_exchange and lienthong_office' : `lienthong_${role}`
  throw new Misuse(
    `the login of DATABASE_URL may not ${missing.join(', ')}: make it a member of ${groups} for --role ${role}, and run \`lienthong migrate\` of this version`,
  )
}

/** The cluster of DATABASE_URL, migrated by its owners; or the embedded one, migrated by us. */
export async function openStore(
  settings: Settings,
  onLost: (error: Error) => void,
  role: ProcessRole = 'all',
): Promise<Store> {
  if (settings.databaseUrl !== null) {
    const database = openDatabase(settings.databaseUrl, { name: `lienthong ${settings.gatewayId}`, onLost })
    await demandTables(database)
    const excess = await demandRights(database, role)
    return { database, embedded: null, found: 'using the database of DATABASE_URL', excess }
  }
  const embedded = await startEmbedded({ dataDirectory: settings.dataDir })
  const { applied } = await migrate(embedded.adminUrl)
  const database = openDatabase(embedded.urlOf(role), { name: `lienthong ${settings.gatewayId}`, onLost })
  const migrated = applied.length > 0 ? `, applied ${applied.length} migrations` : ''
  return {
    database,
    embedded,
    found: `${FOUND[embedded.found]} (PostgreSQL ${embedded.version})${migrated}`,
    excess: [],
  }
}
