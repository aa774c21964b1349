import type { Database } from './database.ts'
import type { ProcessRole } from './process-role.ts'

type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE'
type Rights = Readonly<Record<string, readonly Privilege[]>>

const EVERY: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']

/** What both planes need: to read revisions, and to write a lane of their own. UPDATE is of a lane's head alone. */
const BOTH: Rights = {
  revision: ['SELECT'],
  lane: ['SELECT', 'INSERT', 'UPDATE'],
  record: ['SELECT', 'INSERT'],
  tile: ['SELECT', 'INSERT'],
  record_search: ['SELECT'],
  follower: ['SELECT'],
  timestamp: ['SELECT'],
  process_report: ['SELECT', 'INSERT', 'UPDATE'],
  alert: ['SELECT'],
  cosignature: ['SELECT'],
  witness_event: ['SELECT'],
}

const EXCHANGE: Rights = { ...BOTH, volume: ['SELECT', 'INSERT', 'UPDATE'], nonce: ['SELECT', 'INSERT', 'DELETE'] }

const OFFICE: Rights = {
  ...BOTH,
  revision: ['SELECT', 'INSERT'],
  record_search: ['SELECT', 'INSERT'],
  follower: ['SELECT', 'INSERT', 'UPDATE'],
  volume: ['SELECT'],
  change: ['SELECT', 'INSERT', 'UPDATE'],
  officer_activity: ['SELECT', 'INSERT', 'UPDATE'],
  officer_event: ['SELECT', 'INSERT'],
  cosignature: ['SELECT', 'INSERT'],
  witness_event: ['SELECT', 'INSERT'],
  creation: ['SELECT', 'INSERT', 'DELETE'],
  office_session: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  office_challenge: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  replay: ['SELECT', 'INSERT'],
  replay_progress: ['SELECT', 'INSERT', 'UPDATE'],
  replay_difference: ['SELECT', 'INSERT'],
  timestamp: ['SELECT', 'INSERT'],
  process_report: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  alert: ['SELECT', 'INSERT', 'UPDATE'],
}

const NEEDED: Readonly<Record<ProcessRole, readonly Rights[]>> = {
  exchange: [EXCHANGE],
  office: [OFFICE],
  all: [EXCHANGE, OFFICE],
}

export interface RightsFound {
  /** `INSERT revision`: what the process could not do its work without. */
  readonly missing: readonly string[]
  /** What it does not need and should not have: a process that is taken over could use it. */
  readonly excess: readonly string[]
}

/**
 * Compares what the login of this database may with what a process of this role needs. A right on some column of a table counts as
 * one on the table. Tables that later versions or others made are not looked at.
 */
export async function checkRights(database: Database, role: ProcessRole): Promise<RightsFound> {
  const tables = [...new Set([EXCHANGE, OFFICE].flatMap(rights => Object.keys(rights)))]
  const { rows } = await database.pool.query<{ subject: string; privilege: Privilege }>(
    `SELECT subject, privilege FROM unnest($1::text[]) AS subject, unnest($2::text[]) AS privilege
     WHERE CASE WHEN privilege IN ('SELECT', 'INSERT', 'UPDATE')
       THEN has_any_column_privilege(current_user, to_regclass(subject), privilege)
       ELSE has_table_privilege(current_user, to_regclass(subject), privilege) END`,
    [tables, EVERY],
  )
  const has = new Set(rows.map(({ subject, privilege }) => `${privilege} ${subject}`))
  const needs = new Set(NEEDED[role].flatMap(namesOf))
  const { rows: attributes } = await database.pool.query<{ what: string }>(ATTRIBUTES)
  return {
    missing: [...needs].filter(right => !has.has(right)).sort(),
    excess: [...[...has].filter(right => !needs.has(right)).sort(), ...attributes.map(({ what }) => what)],
  }
}

const namesOf = (rights: Rights): readonly string[] =>
  Object.entries(rights).flatMap(([table, privileges]) => privileges.map(privilege => `${privilege} ${table}`))

/** Rights that stand above those on tables. */
const ATTRIBUTES = `
SELECT what FROM (
  SELECT CASE WHEN rolsuper THEN 'superuser' END FROM pg_roles WHERE rolname = current_user
  UNION ALL SELECT CASE WHEN rolcreaterole THEN 'CREATEROLE' END FROM pg_roles WHERE rolname = current_user
  UNION ALL SELECT CASE WHEN pg_has_role(current_user, 'lienthong_maintenance', 'MEMBER') THEN 'lienthong_maintenance' END
  UNION ALL SELECT CASE WHEN has_schema_privilege(current_user, 'public', 'CREATE') THEN 'CREATE in schema public' END
) AS found (what) WHERE what IS NOT NULL`
