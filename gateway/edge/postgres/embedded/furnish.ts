import { Client } from 'pg'
import { ensureGroupRoles, SERVING_ROLES } from '../migrations/roles.ts'
import { adminAt } from './attach.ts'
import type { Secrets } from './secrets.ts'

/** The database of the gateway in the embedded server, and the role its processes log in as. */
export const DATABASE = 'lienthong'
export const RUNTIME = 'lienthong'

/**
 * Makes what a new cluster lacks: the group roles, the run-time role in them, the database. Idempotent: a crash in
 * between is mended by the next start. Returns the version of the server.
 */
export async function furnish(port: number, secrets: Secrets): Promise<string> {
  const client = new Client({ ...adminAt(port, secrets.adminPassword), database: 'postgres' })
  await client.connect()
  try {
    // A failing statement is logged with its text, and this one holds a password.
    await client.query('SET log_min_error_statement = panic')
    await ensureGroupRoles(client)
    await ensureRuntimeRole(client, secrets.runtimePassword)
    const made = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE])
    if (made.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`)
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
    return rows[0]?.server_version ?? ''
  } finally {
    await client.end()
  }
}

async function ensureRuntimeRole(client: Client, password: string): Promise<void> {
  const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [RUNTIME])
  if (found.rowCount === 0)
    await client.query(
      `CREATE ROLE ${RUNTIME} LOGIN PASSWORD ${client.escapeLiteral(password)} IN ROLE ${SERVING_ROLES.join(', ')}`,
    )
}
