import type { ClientBase } from 'pg'

/** What the serving processes may be: their login roles are members of one or more. */
export const SERVING_ROLES = ['lienthong_exchange', 'lienthong_office', 'lienthong_auditor'] as const

/** Owns the partitions of records and may drop expired ones; no serving process is a member. */
export const MAINTENANCE_ROLE = 'lienthong_maintenance'

/**
 * Makes the group roles of the cluster. Roles are shared by all databases, so another database's migration may make them
 * at the same moment; whoever is second finds them there.
 */
export async function ensureGroupRoles(client: ClientBase): Promise<void> {
  for (const role of [...SERVING_ROLES, MAINTENANCE_ROLE]) {
    await client.query(`DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$`)
  }
}
