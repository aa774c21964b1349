import { createHmac } from 'node:crypto'
import { Client } from 'pg'
import { ensureGroupRoles, SERVING_ROLES } from '../migrations/roles.ts'
import { PROCESS_ROLES, type ProcessRole } from '../process-role.ts'
import { adminAt } from './attach.ts'
import type { Secrets } from './secrets.ts'

/** The database of the gateway in the embedded server. */
export const DATABASE = 'lienthong'

interface Login {
  readonly login: string
  readonly groups: readonly string[]
}

/** What processes log in as, by what they do. */
export const LOGINS = {
  all: { login: 'lienthong', groups: SERVING_ROLES },
  exchange: { login: 'lienthong_exchange_login', groups: ['lienthong_exchange'] },
  office: { login: 'lienthong_office_login', groups: ['lienthong_office'] },
} as const satisfies Record<ProcessRole, Login>

/** That of `all` is kept; the others follow from it, and it does not follow from them. */
export const passwordOf = (role: ProcessRole, { runtimePassword }: Secrets): string =>
  role === 'all' ? runtimePassword : createHmac('sha256', runtimePassword).update(LOGINS[role].login).digest('hex')

/**
 * Makes what a new cluster lacks: the group roles, the run-time roles in them, the database. Idempotent: a crash in
 * between is mended by the next start. Returns the version of the server.
 */
export async function furnish(port: number, secrets: Secrets): Promise<string> {
  const client = new Client({ ...adminAt(port, secrets.adminPassword), database: 'postgres' })
  await client.connect()
  try {
    // A failing statement is logged with its text, and this one holds a password.
    await client.query('SET log_min_error_statement = panic')
    await ensureGroupRoles(client)
    for (const role of PROCESS_ROLES) await ensureLogin(client, LOGINS[role], passwordOf(role, secrets))
    const made = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE])
    if (made.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`)
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
    return rows[0]?.server_version ?? ''
  } finally {
    await client.end()
  }
}

async function ensureLogin(client: Client, { login, groups }: Login, password: string): Promise<void> {
  const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [login])
  if (found.rowCount === 0)
    await client.query(
      `CREATE ROLE ${login} LOGIN PASSWORD ${client.escapeLiteral(password)} IN ROLE ${groups.join(', ')}`,
    )
}
