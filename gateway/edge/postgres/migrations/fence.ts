import type { ClientBase } from 'pg'
import { MAINTENANCE_ROLE, SERVING_ROLES } from './roles.ts'

/**
 * Nobody but the gateway's roles may even connect, and they may not make temporary tables. Rights on a database are not
 * copied with a template, so this belongs to each database and not to a migration. Idempotent.
 */
export async function fenceDatabase(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT quote_ident(current_database()) AS name')
  const name = rows[0]?.name ?? ''
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
  await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${[...SERVING_ROLES, MAINTENANCE_ROLE].join(', ')}`)
  await client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC')
}
