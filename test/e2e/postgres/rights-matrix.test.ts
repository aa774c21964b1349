import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { Attempts, type TriedTable, tablesOf } from '../../support/postgres/try-rights.ts'

/** What each role may do to a table, and nothing beside it. Not named: nothing at all. */
interface Row {
  readonly exchange?: string
  readonly office?: string
  readonly auditor?: string
  readonly maintenance?: string
}

const READ = 'select'
/** Adds, and never changes what is there. */
const ADD = 'select insert copy'
/** Its owner, who may drop expired months: no serving process is a member, and rows cannot be changed. */
const OWN = 'select alter constraint disable-triggers trigger rule policy index drop'
const LANE =
  'select insert(name, gateway, kind, state, public_key, root, checkpoint) update(state, size, root, checkpoint, epoch)'

/** Every table there is. A new one needs a row here, and somebody who thinks about it. */
const ALLOWED: Readonly<Record<string, Row>> = {
  // The log: added to, never changed. A lane's head row moves.
  record: { exchange: ADD, office: ADD, auditor: READ, maintenance: OWN },
  'record, a month': { maintenance: OWN },
  tile: { exchange: ADD, office: ADD, auditor: READ },
  lane: { exchange: LANE, office: LANE, auditor: READ },
  // Derived from the log; verification compares it.
  record_search: { exchange: READ, office: ADD, auditor: READ, maintenance: OWN },
  'record_search, a month': { maintenance: OWN },
  follower: { exchange: READ, office: 'select insert update(next) copy', auditor: READ },
  // The log as others saw it.
  cosignature: { exchange: READ, office: 'select insert(witness, size, "time", checkpoint, line)', auditor: READ },
  witness_event: { exchange: READ, office: 'select insert(kind, subject, body)', auditor: READ },
  timestamp: { exchange: READ, office: ADD, auditor: READ },
  // The configuration.
  revision: { exchange: READ, office: 'select insert(number, digest, previous, content, signatures)', auditor: READ },
  change: { office: 'select insert update(version, state, due, body) copy', auditor: READ },
  creation: { office: 'select delete insert copy' },
  // Officers.
  officer_activity: { office: 'select insert update(seen_at) copy', auditor: READ },
  officer_event: { office: 'select insert(event)', auditor: READ },
  office_session: { office: 'select delete insert update(seen_at) copy' },
  office_challenge: { office: 'select delete insert update(challenge, until) copy' },
  alert: {
    exchange: READ,
    office: 'select insert update(detail, ended_at, reminded_at, reviewed_at, reviewer, note) copy',
    auditor: READ,
  },
  replay: { office: ADD, auditor: READ },
  replay_difference: { office: ADD, auditor: READ },
  replay_progress: {
    office: 'select insert update(state, attempt, beat, read, size, revision, differences, report) copy',
    auditor: READ,
  },
  process_report: {
    exchange: 'select insert update(at, body)',
    office: 'select delete insert update(at, body)',
    auditor: READ,
  },
  // What lets an exchange cross once, and so much of it. Which rows may go, a policy says: nonces.test.ts.
  nonce: { exchange: 'select delete insert' },
  volume: { exchange: 'select insert update(bytes) copy', office: READ, auditor: READ },
  // Whoever migrates.
  kysely_migration: {},
  kysely_migration_lock: {},
}

const GROUPS = ['exchange', 'office', 'auditor', 'maintenance'] as const
/** What processes log in as, and whose rights they have. */
const LOGINS = {
  lienthong: ['exchange', 'office', 'auditor'],
  lienthong_exchange_login: ['exchange'],
  lienthong_office_login: ['office'],
} as const satisfies Record<string, readonly (typeof GROUPS)[number][]>

/** Beyond tables: nobody of ours may. `{mine}`: a name that is free. */
const NOBODY = [
  'SET session_replication_role = replica', // switches triggers and foreign keys off
  'SET log_min_messages = panic',
  'CREATE TEMP TABLE mine (n int)',
  'CREATE SCHEMA mine',
  'CREATE ROLE mine',
  'CREATE EXTENSION pg_stat_statements',
  'CREATE FUNCTION pg_catalog.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  'DROP FUNCTION announce_revision() CASCADE',
  'ALTER ROLE CURRENT_USER SUPERUSER',
  'ALTER DEFAULT PRIVILEGES FOR ROLE lienthong_admin GRANT ALL ON TABLES TO PUBLIC',
  "SELECT pg_read_file('postgresql.conf')",
  "COPY (SELECT 1) TO PROGRAM 'true'",
  "COPY (SELECT 1) TO '/tmp/mine'",
  'SELECT * FROM pg_authid',
  'SELECT pg_promote(false, 1)',
  'SELECT pg_switch_wal()',
  'CREATE PUBLICATION mine',
]
/** The maintenance role makes partitions. */
const MAINTENANCE_ONLY = [
  'CREATE TABLE mine (n int)',
  'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  'CREATE FUNCTION mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$',
]

let fresh: FreshDatabase
let admin: Client
let attempts: Attempts
let tables: readonly TriedTable[]

beforeAll(async () => {
  fresh = await freshDatabase()
  admin = new Client({ connectionString: fresh.adminUrl })
  await admin.connect()
  attempts = await Attempts.with(admin)
  tables = await tablesOf(admin)
})
afterAll(async () => {
  await admin.end()
  await fresh.drop()
})

/** Partitions have one row for all of them. */
const rowName = (table: string): string =>
  table.replace(/^(record|record_search)_(\d{4}_\d{2}(_\d{4}_\d{2})?|default)$/, '$1, a month')

const words = (rights: string): ReadonlySet<string> => new Set(rights.match(/[a-z-]+(\([^)]*\))?/g) ?? [])

describe('every role, every table, every way to write', () => {
  it('has a row for each table there is, and no row too many', () => {
    expect(new Set(tables.map(({ name }) => rowName(name)))).toEqual(new Set(Object.keys(ALLOWED)))
  })

  it.each(GROUPS)('lienthong_%s', async group => {
    const found: [string, string][] = []
    for (const table of tables) found.push([table.name, await attempts.rightsOf(`lienthong_${group}`, table)])
    const allowed = tables.map(({ name }) => [name, ALLOWED[rowName(name)]?.[group] ?? ''] as const)
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(allowed))
  })

  it.each(Object.entries(LOGINS))('%s has what its groups have', async (login, groups) => {
    for (const table of tables) {
      const row = ALLOWED[rowName(table.name)] ?? {}
      const most = new Set(groups.flatMap(group => [...words(row[group] ?? '')]))
      expect([table.name, words(await attempts.rightsOf(login, table))]).toEqual([table.name, most])
    }
  })
})

describe('beyond tables', () => {
  const roles = [...GROUPS.map(group => `lienthong_${group}`), ...Object.keys(LOGINS)]

  it.each(roles)('%s may nothing of what would change the rules', async role => {
    const may = await attempts.permitted(role, NOBODY)
    expect(NOBODY.filter((_, n) => may[n])).toEqual([])
    const makes = await attempts.permitted(role, MAINTENANCE_ONLY)
    expect(makes).toEqual(MAINTENANCE_ONLY.map(() => role === 'lienthong_maintenance'))
  })

  it('no role of ours has an attribute, a membership or a grant option that the matrix does not show', async () => {
    const { rows: attributes } = await admin.query(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'lienthong%' AND rolname <> current_user
       AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)`,
    )
    expect(attributes).toEqual([])
    const { rows: members } = await admin.query<{ member: string; of: string }>(
      `SELECT member.rolname AS member, of.rolname AS of FROM pg_auth_members
       JOIN pg_roles AS member ON member.oid = member JOIN pg_roles AS of ON of.oid = roleid
       WHERE member.rolname LIKE 'lienthong%' AND member.rolname <> current_user ORDER BY 1, 2`,
    )
    expect(members.map(({ member, of }) => `${member} in ${of}`)).toEqual(
      Object.entries(LOGINS)
        .flatMap(([login, groups]) => groups.map(group => `${login} in lienthong_${group}`))
        .sort(),
    )
    const { rows: options } = await admin.query(
      `SELECT table_name, grantee FROM information_schema.table_privileges
       WHERE table_schema = 'public' AND is_grantable = 'YES' AND grantee NOT IN (current_user, 'lienthong_maintenance')`,
    )
    expect(options).toEqual([])
  })

  it('there is nothing but tables, indexes and sequences', async () => {
    const { rows } = await admin.query<{ relkind: string }>(
      "SELECT DISTINCT relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    )
    expect(rows.filter(({ relkind }) => !['I', 'S', 'i', 'p', 'r'].includes(relkind))).toEqual([])
  })

  it('a function with the rights of its owner looks names up in the catalogue alone, and is called by whom it is for', async () => {
    const { rows } = await admin.query<{ name: string; path: string[] | null; callers: string[] | null }>(
      `SELECT proname AS name, proconfig AS path, array_agg(rolname::text ORDER BY rolname) FILTER (WHERE rolname IS NOT NULL) AS callers
       FROM pg_proc LEFT JOIN pg_roles ON rolname = ANY ($1) AND has_function_privilege(pg_roles.oid, pg_proc.oid, 'EXECUTE')
       WHERE pronamespace = 'public'::regnamespace AND prosecdef GROUP BY proname, proconfig ORDER BY proname`,
      [GROUPS.map(group => `lienthong_${group}`)],
    )
    const path = ['search_path=pg_catalog']
    expect(rows).toEqual([
      { name: 'note_read', path, callers: ['lienthong_auditor', 'lienthong_exchange', 'lienthong_office'] },
      { name: 'number_officer_event', path, callers: null },
    ])
  })

  it('nobody moves a sequence by hand', async () => {
    const { rows } = await admin.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'",
    )
    expect(rows.length).toBeGreaterThan(0)
    for (const role of roles) {
      const statements = rows.map(({ name }) => `SELECT setval('${name}', 1)`)
      expect([role, (await attempts.permitted(role, statements)).includes(true)]).toEqual([role, false])
    }
  })
})

describe('rows of a table that a role may write', () => {
  const lane = (kind: string, state: string): string =>
    `INSERT INTO lane (name, gateway, kind, state, public_key, root, checkpoint)
     VALUES ('${kind}-${state}', 'g', '${kind}', '${state}', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), '')`

  it('an exchange process opens lanes of its own kind, and never one that nobody has endorsed yet', async () => {
    const statements = [
      lane('data', 'opening'),
      lane('data', 'open'),
      lane('control', 'opening'),
      lane('control', 'open'),
    ]
    expect(await attempts.permitted('lienthong_exchange', statements)).toEqual([true, false, false, false])
    expect(await attempts.permitted('lienthong_office', statements)).toEqual([true, true, true, true])
  })

  it('an exchange process does not move the control lane', async () => {
    await admin.query('BEGIN')
    try {
      await admin.query(lane('control', 'open'))
      await admin.query(lane('data', 'open'))
      const moved = async (role: string): Promise<number | null> => {
        await admin.query(`SET LOCAL ROLE ${role}`)
        const { rowCount } = await admin.query('UPDATE lane SET epoch = epoch + 1')
        await admin.query('RESET ROLE')
        return rowCount
      }
      expect(await moved('lienthong_exchange')).toBe(1)
      expect(await moved('lienthong_office')).toBe(2)
    } finally {
      await admin.query('ROLLBACK')
    }
  })
})
