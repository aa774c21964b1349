import { Kysely, type Migration, Migrator, PostgresDialect } from 'kysely'
import { Client, type ClientBase, Pool } from 'pg'
import { up as alertTables } from './alert-tables.ts'
import { up as changeTables } from './change-tables.ts'
import { up as controlIndex } from './control-index.ts'
import { fenceDatabase } from './fence.ts'
import { up as creationTable } from './creation-table.ts'
import { up as genesisSignatures } from './genesis-signatures.ts'
import { up as laneRights } from './lane-rights.ts'
import { up as logTables } from './log-tables.ts'
import { up as nonceTable } from './nonce-table.ts'
import { ensurePartitions } from './partitions.ts'
import { up as replayTables } from './replay-tables.ts'
import { up as revisionTable } from './revision-table.ts'
import { ensureGroupRoles, MAINTENANCE_ROLE } from './roles.ts'
import { up as searchTables } from './search-tables.ts'
import { up as sessionTables } from './session-tables.ts'
import { up as timestampTable } from './timestamp-table.ts'
import { up as volumeTable } from './volume-table.ts'
import { up as witnessTables } from './witness-tables.ts'

/** In the order of their names; only ever added to. There is no way back: a database is restored from its backup. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '2026-11-22-1-log': { up: logTables },
  '2026-11-22-2-revision': { up: revisionTable },
  '2026-11-22-3-search': { up: searchTables },
  '2026-11-22-4-volume': { up: volumeTable },
  '2026-11-22-5-nonce': { up: nonceTable },
  '2026-11-22-6-change': { up: changeTables },
  '2026-11-22-7-creation': { up: creationTable },
  '2026-11-22-8-genesis-signatures': { up: genesisSignatures },
  '2026-11-22-8-replay': { up: replayTables },
  '2026-11-22-9-session': { up: sessionTables },
  '2026-11-23-1-control-index': { up: controlIndex },
  '2026-11-23-2-witness': { up: witnessTables },
  '2026-11-23-3-timestamp': { up: timestampTable },
  '2026-11-23-4-alert': { up: alertTables },
  '2026-11-23-9-lane-rights': { up: laneRights },
}

export interface Migrated {
  /** Names of the migrations applied by this call, in order. */
  readonly applied: readonly string[]
}

/**
 * Brings a database to the newest state: group roles, tables, grants, this month's partitions.
 * Safe to call again, and from several processes at once (they queue). All migrations are one transaction each; a crash
 * leaves the finished ones. `adminUrl` logs in as a superuser, or as the database's owner with CREATEROLE.
 */
export async function migrate(adminUrl: string, now: Date = new Date()): Promise<Migrated> {
  const client = new Client({ connectionString: adminUrl, application_name: 'lienthong migrate' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    // Freed when the connection ends, however that happens.
    await client.query("SELECT pg_advisory_lock(hashtext('lienthong migrate'))")
    await ensureGroupRoles(client)
    await ensureMaintenanceMember(client)
    await fenceDatabase(client)
    const applied = await applyAll(adminUrl)
    await ensurePartitions(client, now)
    return { applied }
  } finally {
    await client.end()
  }
}

/** Only a member may give tables to a role; a superuser is a member of all. */
async function ensureMaintenanceMember(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ member: boolean }>(
    `SELECT pg_has_role(current_user, '${MAINTENANCE_ROLE}', 'SET') AS member`,
  )
  if (rows[0]?.member !== true) await client.query(`GRANT ${MAINTENANCE_ROLE} TO CURRENT_USER`)
}

async function applyAll(adminUrl: string): Promise<readonly string[]> {
  const pool = new Pool({ connectionString: adminUrl, max: 1, application_name: 'lienthong migrate' })
  pool.on('error', () => undefined)
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
    const { error, results = [] } = await migrator.migrateToLatest()
    // Kysely hands the database's error on as a value.
    if (error !== undefined) throw error as Error
    return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName)
  } finally {
    await db.destroy()
  }
}
