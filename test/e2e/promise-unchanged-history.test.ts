import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeptHeads } from '../../gateway/edge/keys/kept-heads.ts'
import { openLogReader } from '../../gateway/edge/postgres/log-reader.ts'
import { Frontier } from '../../gateway/log/frontier.ts'
import { hashLeaf } from '../../gateway/log/hash.ts'
import { type LogFinding, verifyLog } from '../../gateway/review/verify-log.ts'
import { copyOf, type FreshDatabase } from '../support/database.ts'
import { query, readLog } from '../support/ledger/read-log.ts'
import { runCommand } from '../support/world/gateway-process.ts'
import { startWorld, type World } from '../support/world/world.ts'

/** What a database superuser may try, and how verification has to name it. The lane is that of the killed gateway unless told. */
interface Tampering {
  readonly what: string
  readonly sql: (lane: number) => string | readonly string[]
  /** One finding has to match. */
  readonly kind: string
  readonly index?: number
}

const table: readonly Tampering[] = [
  {
    what: 'a record changed by one character',
    sql: lane =>
      `UPDATE record SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'G99.21/records', 'G99.21/recordz'), 'UTF8') WHERE lane = ${lane} AND index = 3`,
    kind: 'leaf-changed-or-missing',
  },
  {
    what: 'a record deleted',
    sql: lane => `DELETE FROM record WHERE lane = ${lane} AND index = 4`,
    kind: 'missing-leaf',
    index: 4,
  },
  {
    what: 'two records swapped',
    sql: lane => [
      `UPDATE record SET index = 1000002 WHERE lane = ${lane} AND index = 2`,
      `UPDATE record SET index = 2 WHERE lane = ${lane} AND index = 5`,
      `UPDATE record SET index = 5 WHERE lane = ${lane} AND index = 1000002`,
    ],
    kind: 'leaf-changed-or-missing',
  },
  {
    what: 'a record appended without moving the head',
    sql: lane =>
      `INSERT INTO record SELECT lane, index + 1, day, leaf FROM record WHERE lane = ${lane} ORDER BY index DESC LIMIT 1`,
    kind: 'extra-leaves',
  },
  {
    what: 'the last records cut off, the head left',
    sql: lane => `DELETE FROM record WHERE lane = ${lane} AND index > 6`,
    kind: 'size-mismatch',
  },
  {
    what: 'the head row moved back without a signature for it',
    sql: lane => [
      `DELETE FROM record WHERE lane = ${lane} AND index > 6`,
      `UPDATE lane SET size = 7 WHERE id = ${lane}`,
    ],
    kind: 'head-mismatch',
  },
  {
    what: 'a whole lane deleted',
    sql: lane => [
      `DELETE FROM record WHERE lane = ${lane}`,
      `DELETE FROM record_search WHERE lane = ${lane}`,
      `DELETE FROM follower WHERE lane = ${lane}`,
      `DELETE FROM lane WHERE id = ${lane}`,
    ],
    kind: 'lane-missing',
  },
  {
    what: 'the key of a lane replaced',
    sql: lane => `UPDATE lane SET public_key = decode(repeat('ab', 32), 'hex') WHERE id = ${lane}`,
    kind: 'lane-not-endorsed',
  },
  {
    what: 'a search column changed',
    sql: lane => `UPDATE record_search SET consumer = 'G99.99/nobody' WHERE lane = ${lane} AND index = 2`,
    kind: 'search-differs',
    index: 2,
  },
  {
    what: 'a search row deleted',
    sql: lane => `DELETE FROM record_search WHERE lane = ${lane} AND index = 2`,
    kind: 'search-differs',
    index: 2,
  },
  {
    what: 'a record of the control lane changed',
    sql: () =>
      `UPDATE record SET leaf = convert_to(convert_from(leaf, 'UTF8') || ' ', 'UTF8') WHERE lane = (SELECT id FROM lane WHERE name = 'control') AND index = 1`,
    kind: 'leaf-changed-or-missing',
  },
  {
    what: 'the text of the genesis changed together with its digest',
    sql: () =>
      `UPDATE revision SET content = content || ' ', digest = encode(sha256(convert_to(content || ' ', 'UTF8')), 'hex')`,
    kind: 'revision-differs',
  },
]

/** Promise 4: nobody can rewrite history unnoticed, the database administrator included. */
describe('what a database superuser does to the log is found and named', () => {
  let world: World
  /** Each case works on a copy of what the killed gateway left. */
  let copy: FreshDatabase

  /** A head that the lane's own key signed, on the way. */
  let early = ''

  beforeAll(async () => {
    world = await startWorld()
    const client = world.client('G99.21.records')
    for (let i = 0; i < 5; i++) {
      const answered = await client.call({
        path: '/exchange/G99.10/categories/v1/provinces',
        headers: { 'exchange-purpose': 'reference-data' },
      })
      expect(answered.status).toBe(200)
      if (i === 1) early = checkpointIn(String(answered.headers['exchange-receipt']))
    }
    // Search rows are copied within moments; the head record of the control lane every few seconds.
    await until(async () => (await world.search('--kind', 'response')).length === 5)
    await until(() => headIsNamed(world.database))
    await world.gateway.kill()
  })
  afterAll(() => world.close())
  beforeEach(async () => {
    copy = await copyOf(world.database)
  })
  afterEach(() => copy.drop())

  const findingsOf = (database: FreshDatabase) => findingsIn(database, world)

  it('finds nothing where nothing was done, by the command as by the function', async () => {
    expect(await world.verify()).toMatchObject({ code: 0, good: true, findings: [] })
    expect(await findingsOf(copy)).toEqual([])
  })

  it.each(table)('$what: $kind', async ({ sql, kind, index }) => {
    await tamper(copy, [sql(await dataLane(copy))].flat())
    expect(await findingsOf(copy)).toContainEqual(
      expect.objectContaining({ kind, ...(index === undefined ? {} : { index }) }),
    )
  })

  it('a record appended consistently after kill -9, tree and head recomputed: unsigned-head', async () => {
    await appendConsistently(copy, await dataLane(copy))
    expect(await findingsOf(copy)).toContainEqual(expect.objectContaining({ kind: 'unsigned-head' }))
  })

  it('an older signed head put back together with its records: head-behind-kept, and head-behind-named by the control lane', async () => {
    const lane = await dataLane(copy)
    const [, size = '0', root = ''] = early.split('\n')
    await tamper(copy, [
      `DELETE FROM record WHERE lane = ${lane} AND index >= ${size}`,
      `DELETE FROM record_search WHERE lane = ${lane} AND index >= ${size}`,
      `UPDATE follower SET next = least(next, ${size}) WHERE lane = ${lane}`,
      `UPDATE lane SET size = ${size}, root = decode('${root}', 'base64'), checkpoint = '${early}' WHERE id = ${lane}`,
    ])
    const kinds = (await findingsOf(copy)).map(({ kind }) => kind)
    expect(kinds).toContain('head-behind-kept')
    expect(kinds).toContain('head-behind-named')
  })

  it('the command names what it found and exits 1', async () => {
    await tamper(copy, [`DELETE FROM record WHERE lane = ${await dataLane(copy)} AND index = 4`])
    const result = await runCommand(['audit', 'verify'], { ...world.environment, DATABASE_URL: copy.runtimeUrl })
    expect(result.code).toBe(1)
    expect(result.stdout).toMatch(/WRONG {2}gateway-1\.[0-9a-f]{16} record 4 {2}missing-leaf/)
  })
})

/** What verification finds in a copy, with the heads that the killed gateway kept on its machine. */
async function findingsIn(database: FreshDatabase, world: World): Promise<readonly LogFinding[]> {
  const heads = new KeptHeads(join(world.directory, 'var/heads'))
  const kept = new Map(heads.lanes().map(lane => [lane, heads.read(lane) ?? '']))
  const controlKey = createPublicKey(readFileSync(join(world.directory, 'var/keys/control-lane.key'), 'utf8'))
  const reader = await openLogReader(database.runtimeUrl)
  try {
    const findings: LogFinding[] = []
    for await (const finding of verifyLog({ reader, controlKey, kept })) findings.push(finding)
    return findings
  } finally {
    await reader.close()
  }
}

/** Whether the control lane has recorded the head of the data lane by now. */
async function headIsNamed(database: FreshDatabase): Promise<boolean> {
  const log = await readLog(database.adminUrl)
  return log.some(
    ({ kind, fields }) => kind === 'heads' && (fields.heads as { size: number }[]).some(({ size }) => size === 10),
  )
}

/** The newest data lane. */
async function dataLane(database: FreshDatabase): Promise<number> {
  return query(database.adminUrl, async client => {
    const { rows } = await client.query<{ id: number }>(
      `SELECT id FROM lane WHERE kind = 'data' ORDER BY id DESC LIMIT 1`,
    )
    return rows[0]?.id ?? -1
  })
}

/** As a superuser who switches off what stands in the way. */
async function tamper(database: FreshDatabase, statements: readonly string[]): Promise<void> {
  await query(database.adminUrl, async client => {
    await client.query(`SET session_replication_role = replica`)
    for (const statement of statements) {
      const { rowCount } = await client.query(statement)
      expect(rowCount).toBeGreaterThan(0)
    }
  })
}

/** Everything right but the signature: the key of the lane died with its process. */
async function appendConsistently(database: FreshDatabase, lane: number): Promise<void> {
  await query(database.adminUrl, async client => {
    const { rows } = await client.query<{ leaf: Buffer; day: string }>(
      'SELECT leaf, day::text FROM record WHERE lane = $1 ORDER BY index',
      [lane],
    )
    const forged = Buffer.from(rows[0]?.leaf ?? '')
    const grown = Frontier.EMPTY.append([...rows.map(({ leaf }) => hashLeaf(leaf)), hashLeaf(forged)]).frontier
    await client.query('INSERT INTO record (lane, index, day, leaf) VALUES ($1, $2, $3, $4)', [
      lane,
      rows.length,
      rows[0]?.day,
      forged,
    ])
    const root = Buffer.from(grown.root)
    await client.query(
      `UPDATE lane SET size = $2, root = $3, checkpoint = regexp_replace(checkpoint, E'\\n\\\\d+\\n[^\\n]+\\n', E'\\n' || $4 || E'\\n' || $5 || E'\\n') WHERE id = $1`,
      [lane, grown.size, root, String(grown.size), root.toString('base64')],
    )
  })
}

function checkpointIn(receipt: string): string {
  return Buffer.from(/checkpoint=:([^:]+):/.exec(receipt)?.[1] ?? '', 'base64').toString('utf8')
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if (await condition()) return
    await new Promise(resolve => setTimeout(resolve, 250))
  }
  throw new Error('it did not become so')
}
