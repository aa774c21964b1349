import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { checkRights } from '../../../gateway/edge/postgres/check-rights.ts'
import { openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { PostgresLaneStore } from '../../../gateway/edge/postgres/lane-store.ts'
import { insertRevision } from '../../../gateway/edge/postgres/revisions.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { batchOf, openLane, openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  const store = new PostgresLaneStore(world.database)
  const lane = await openLane(world.database)
  await store.commit(batchOf(lane, 0, 3, { tiles: [{ level: 0, index: 0, hashes: Buffer.alloc(8192) }] }))
  await insertRevision(world.database, { number: 0, digest: digestOf('0'), previous: null, content: '{}' })
  await store.close()
})
afterAll(() => world.close())

/** `null`: allowed; else the SQLSTATE. Everything is rolled back. */
async function attempt(role: string, sql: string): Promise<string | null> {
  const client = await world.admin.pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SET LOCAL ROLE ${role}`)
    await client.query(sql)
    return null
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

const DENIED = '42501'
const LOGINS = ['lienthong', 'lienthong_exchange_login', 'lienthong_office_login']
const SERVING = ['lienthong_exchange', 'lienthong_office', 'lienthong_auditor', ...LOGINS]
const partition = `record_${new Date().toISOString().slice(0, 7).replace('-', '_')}`

describe('nobody that serves rewrites history', () => {
  const tables = ['record', partition, 'record_default', 'tile', 'revision', 'record_search']
  const changes = tables.flatMap(table => [
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
    `DROP TABLE ${table}`,
    `UPDATE ${table} SET ${table === 'revision' ? 'content = content' : 'lane = lane'}`,
    `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
  ])
  const others = [
    'DELETE FROM lane',
    'TRUNCATE lane CASCADE',
    'UPDATE lane SET name = name', // which lane it is
    'UPDATE lane SET public_key = public_key', // who signs for it
    'UPDATE lane SET id = DEFAULT',
    'UPDATE lane SET opened_at = now()',
    'DELETE FROM follower',
    'DROP FUNCTION announce_revision() CASCADE',
    'CREATE TABLE mine (n int)',
    'CREATE TEMP TABLE mine (n int)',
    'SET ROLE lienthong_maintenance',
    'SET session_replication_role = replica', // switches triggers and foreign keys off
  ]
  for (const role of SERVING)
    it(`not ${role}`, async () => {
      const allowed: string[] = []
      for (const sql of [...changes, ...others]) if ((await attempt(role, sql)) !== DENIED) allowed.push(sql)
      // The superuser's session may always SET ROLE; what counts is membership, tested below.
      expect(allowed.filter(sql => !sql.startsWith('SET ROLE'))).toEqual([])
    })

  it('and none of them is a member of the maintenance role', async () => {
    for (const role of SERVING) {
      const { rows } = await world.admin.pool.query<{ member: boolean }>(
        "SELECT pg_has_role($1, 'lienthong_maintenance', 'MEMBER') AS member",
        [role],
      )
      expect(rows).toEqual([{ member: false }])
    }
  })
})

describe('the logins of processes', () => {
  it.each([
    ['lienthong', ['lienthong_auditor', 'lienthong_exchange', 'lienthong_office']],
    ['lienthong_exchange_login', ['lienthong_exchange']],
    ['lienthong_office_login', ['lienthong_office']],
  ])('%s is a member of its groups and of nothing else', async (login, groups) => {
    const { rows } = await world.admin.pool.query<{ name: string }>(
      `SELECT rolname AS name FROM pg_roles WHERE rolname <> $1 AND pg_has_role($1, oid, 'MEMBER') ORDER BY rolname`,
      [login],
    )
    expect(rows.map(({ name }) => name)).toEqual(groups)
  })

  it.each([
    ['exchange', 'exchangeUrl'],
    ['office', 'officeUrl'],
    ['all', 'runtimeUrl'],
  ] as const)('that of --role %s has all that it needs and nothing else', async (role, url) => {
    const database = openDatabase(world.fresh[url], { name: 'test' })
    expect(await checkRights(database, role)).toEqual({ missing: [], excess: [] })
    await database.close()
  })

  it('of another role lacks rights and has others too many', async () => {
    const database = openDatabase(world.fresh.exchangeUrl, { name: 'test' })
    const { missing, excess } = await checkRights(database, 'office')
    expect(missing).toEqual(expect.arrayContaining(['INSERT revision', 'SELECT change', 'INSERT record_search']))
    expect(excess).toEqual(expect.arrayContaining(['INSERT volume', 'DELETE nonce']))
    await database.close()
  })

  it('of the owner is far too much', async () => {
    const { missing, excess } = await checkRights(world.admin, 'all')
    expect(missing).toEqual([])
    expect(excess).toEqual(expect.arrayContaining(['superuser', 'UPDATE record', 'DELETE revision', 'TRUNCATE lane']))
  })
})

describe('each role has its own rights', () => {
  const lane = "(lane, index, day, leaf) VALUES (1, 99, current_date, '\\x00')"
  const tile = "(lane, level, index, hashes) SELECT id, 1, 9, decode(repeat('00', 8192), 'hex') FROM lane"
  const revision = `(number, digest, previous, content) VALUES (1, '${digestOf('1')}', '${digestOf('0')}', '{}')`
  const search = "(lane, index, day, at, kind) SELECT id, 0, current_date, now(), 'request' FROM lane"
  const table: readonly (readonly [
    string,
    exchange: boolean,
    office: boolean,
    auditor: boolean,
    maintenance: boolean,
  ])[] = [
    ['SELECT FROM lane, record, tile, revision, record_search, follower', true, true, true, false],
    ['SELECT FROM record', true, true, true, true], // the owner of the partitions
    [`SELECT FROM ${partition}`, false, false, false, true], // through the table only
    [`INSERT INTO record ${lane}`, true, true, false, false],
    [`INSERT INTO ${partition} ${lane}`, false, false, false, false],
    [`INSERT INTO tile ${tile}`, true, true, false, false],
    [
      'UPDATE lane SET size = size, root = root, checkpoint = checkpoint, epoch = epoch, state = state',
      true,
      true,
      false,
      false,
    ],
    [`INSERT INTO revision ${revision}`, false, true, false, false],
    [
      `INSERT INTO revision (created_at, number, digest, content) VALUES (now(), 2, '', '')`,
      false,
      false,
      false,
      false,
    ],
    [`INSERT INTO record_search ${search}`, false, true, false, false],
    ['INSERT INTO follower (lane, next) SELECT id, 0 FROM lane', false, true, false, false],
    ['UPDATE follower SET next = next', false, true, false, false],
    ["INSERT INTO nonce VALUES (sha256('a'), now())", true, false, false, false],
    ['DELETE FROM nonce', true, false, false, false], // of those that are over: nonces.test.ts
    ['UPDATE nonce SET expires = expires', false, false, false, false],
    ['TRUNCATE nonce', false, false, false, false],
    ['SELECT FROM change, officer_activity, officer_event', false, true, true, false],
    ["INSERT INTO change VALUES ('a', 1, 'draft', NULL, '{}')", false, true, false, false],
    ['UPDATE change SET version = 2, state = state, due = due, body = body', false, true, false, false],
    ["UPDATE change SET id = 'b'", false, false, false, false],
    ['DELETE FROM change', false, false, false, false],
    ['SELECT FROM creation', false, true, false, false],
    ["INSERT INTO creation VALUES ('a', 'b', 'c', 'd', 1)", false, true, false, false],
    ['UPDATE creation SET change = change', false, false, false, false],
    ["INSERT INTO officer_activity VALUES ('a', 1)", false, true, false, false],
    ['DELETE FROM officer_activity', false, false, false, false],
    ["INSERT INTO officer_event (event) VALUES ('{}')", false, true, false, false],
    ["INSERT INTO officer_event (number, event) VALUES (1, '{}')", false, false, false, false], // numbers come by themselves
    ['UPDATE officer_event SET event = event', false, false, false, false],
    ['DELETE FROM officer_event', false, false, false, false],
    ["SELECT nextval('officer_event_number')", false, false, false, false],
    // The officers' desk: an exchange process does not even see it.
    ['SELECT FROM change, officer_activity, officer_event', false, true, true, false],
    ["INSERT INTO change (id, version, state, body) VALUES ('a', 1, 'draft', '{}')", false, true, false, false],
    ['UPDATE change SET version = version, state = state, due = due, body = body', false, true, false, false],
    ['UPDATE change SET id = id', false, false, false, false],
    ['DELETE FROM change', false, false, false, false],
    ["INSERT INTO officer_event (event) VALUES ('{}')", false, true, false, false],
    ['UPDATE officer_event SET event = event', false, false, false, false],
    ['DELETE FROM officer_event', false, false, false, false],
    ["INSERT INTO officer_activity (officer, seen_at) VALUES ('a', 0)", false, true, false, false],
    ['DELETE FROM officer_activity', false, false, false, false],
    // Replays: what was asked for stands still, and only how far one has come moves.
    ['SELECT FROM replay, replay_progress, replay_difference', false, true, true, false],
    ["INSERT INTO replay (id, from_at, to_at, created_at) VALUES ('a', 0, 1, 1)", false, true, false, false],
    ["UPDATE replay SET edits = '[]'", false, false, false, false],
    ['DELETE FROM replay', false, false, false, false],
    ["UPDATE replay_progress SET state = 'done', beat = now(), report = '{}'", false, true, false, false],
    ["UPDATE replay_progress SET replay = 'b'", false, false, false, false],
    ['DELETE FROM replay_progress', false, false, false, false],
    ["UPDATE replay_difference SET lines = ''", false, false, false, false],
    ['DELETE FROM replay_difference', false, false, false, false],
    // Whoever may read the log may note that it does.
    ["SELECT note_read('search')", true, true, true, false],
    // Sessions are the office's own; nobody moves one to another officer, key or beginning.
    ['SELECT * FROM office_session', false, true, false, false],
    ['DELETE FROM office_session', false, true, false, false],
    ['UPDATE office_session SET seen_at = 0', false, true, false, false],
    ['UPDATE office_session SET key = key', false, false, false, false],
    ['UPDATE office_session SET opened_at = 0', false, false, false, false],
    ['SELECT * FROM office_challenge', false, true, false, false],
    // What crossed is counted by those who let it cross.
    ["INSERT INTO volume VALUES ('a', current_date, 'a', 0)", true, false, false, false],
    ['UPDATE volume SET bytes = 0', true, false, false, false],
    ['DELETE FROM volume', false, false, false, false],
    [`DROP TABLE ${partition}`, false, false, false, true], // expired months
    [`DELETE FROM record`, false, false, false, false],
    [`TRUNCATE record`, false, false, false, false],
    [`UPDATE record SET leaf = leaf`, false, false, false, false],
    [`DELETE FROM ${partition}`, false, false, false, false],
  ]
  for (const [sql, exchange, office, auditor, maintenance] of table)
    it(sql, async () => {
      const results = await Promise.all(
        ['exchange', 'office', 'auditor', 'maintenance'].map(
          async name => (await attempt(`lienthong_${name}`, sql)) === null,
        ),
      )
      expect(results).toEqual([exchange, office, auditor, maintenance])
    })

  it('and strangers have none', async () => {
    const { rows } = await world.admin.pool.query<{ grants: number }>(
      `SELECT count(*) AS grants FROM information_schema.table_privileges
       WHERE table_schema = 'public' AND grantee = 'PUBLIC'`,
    )
    expect(rows).toEqual([{ grants: 0 }])
  })
})
