import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { changeCommand } from '../../gateway/cli/change.ts'
import { strict } from '../../gateway/cli/strict.ts'
import type { ConfigurationDocument } from '../../gateway/configuration/document.ts'
import { documentOf } from '../../gateway/control/document-of-revision.ts'
import { VerifiedRevisions } from '../../gateway/control/verified-revisions.ts'
import { LocalStateFile } from '../../gateway/edge/local-state.ts'
import { openDatabase } from '../../gateway/edge/postgres/database.ts'
import { storedRevisions } from '../../gateway/edge/postgres/stored-revisions.ts'
import { systemClock } from '../../gateway/edge/clock.ts'
import { LIST } from '../support/refusals/row.ts'
import { type World, startWorld } from '../support/world/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

interface Answer {
  readonly code: number
  readonly change?: { readonly id: string; readonly version: number; readonly state: string; readonly revision: number }
  readonly refused?: { readonly reason: string }
}

const change = async (officer: string, ...words: string[]): Promise<Answer> => {
  const key = join(world.certsDir, `officer.${officer}.key`)
  return run([...words, '--officer', officer, '--key', key])
}
/** The command itself, in this process: to start one for each of so many takes minutes on a slow machine. */
async function run(words: readonly string[]): Promise<Answer> {
  const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    process.exitCode = undefined
    await strict(changeCommand({ ...world.environment })).parseAsync([...words, '--json'], { from: 'user' })
    return { code: Number(process.exitCode ?? 0), ...(JSON.parse(String(printed.mock.calls[0]?.[0])) as object) }
  } finally {
    process.exitCode = undefined
    printed.mockRestore()
  }
}

async function document(): Promise<ConfigurationDocument> {
  const database = openDatabase(world.database.adminUrl, { name: 'test' })
  try {
    const { genesis } = new LocalStateFile(world.environment.DATA_DIR ?? '').state
    if (!genesis) throw new Error('no genesis is pinned')
    const stored = storedRevisions(database)
    const verified = await new VerifiedRevisions(stored, { genesis, highest: null }, () => systemClock().now()).newest()
    const found = verified && (await documentOf(verified.number, verified, (from, to) => stored.read(from, to)))
    if (!found) throw new Error('the revisions do not verify')
    return found
  } finally {
    await database.close()
  }
}

let drafts = 0
async function draftOf(edit: object, applyAt?: string): Promise<string> {
  const present = (await document()).agreements.find(({ id }) => id === 'records-categories')
  const path = join(world.directory, `draft-${(drafts += 1)}.json`)
  const edits = [{ kind: 'agreement', id: 'records-categories', value: { ...present, ...edit } }]
  writeFileSync(path, JSON.stringify({ title: 'A test', reason: 'To see it', edits, ...(applyAt ? { applyAt } : {}) }))
  return path
}
const idOf = ({ change: made, refused }: Answer): string => {
  if (!made) throw new Error(`refused: ${JSON.stringify(refused)}`)
  return made.id
}
async function proposed(edit: object, applyAt?: string): Promise<string> {
  const id = idOf(await change('security-1', 'draft', await draftOf(edit, applyAt)))
  expect((await change('security-1', 'propose', id)).code).toBe(0)
  return id
}

async function eventually(look: () => Promise<boolean> | boolean, seconds = 60): Promise<void> {
  for (let n = 0; n < seconds * 10; n++) {
    if (await look()) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('it did not happen')
}

/** Officers' acts in the control lane, in order. */
const officerRecords = async (): Promise<readonly Record<string, unknown>[]> =>
  (await controlRecords()).filter(({ kind }) => kind === 'officer')

async function controlRecords(): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: world.database.adminUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ leaf: string }>(
      `SELECT convert_from(leaf, 'UTF8') AS leaf FROM record JOIN lane ON lane.id = record.lane
       WHERE lane.kind = 'control' ORDER BY index`,
    )
    return rows.map(({ leaf }) => JSON.parse(leaf) as Record<string, unknown>)
  } finally {
    await client.end()
  }
}

describe('the command', () => {
  it('takes a change from draft to effect on an open connection, and all of it is in the control lane', async () => {
    const client = world.client('G99.21.records', { connections: 1 })
    expect((await client.call(LIST)).status).toBe(200)
    const id = await proposed({ suspended: true, limits: { perMinute: 1000 } })
    expect((await client.call(LIST)).status).toBe(200)
    const applied = await change('security-2', 'approve', id)
    expect(applied).toMatchObject({ code: 0, change: { state: 'applied', revision: 1 } })
    await eventually(async () => (await client.call(LIST)).status === 403)

    const back = idOf(await change('security-2', 'rollback', '0'))
    expect((await change('security-2', 'propose', back)).code).toBe(0)
    expect(await change('security-1', 'approve', back)).toMatchObject({ change: { state: 'applied', revision: 2 } })
    await eventually(async () => (await client.call(LIST)).status === 200)
    expect(await run(['show', id])).toMatchObject({ code: 0, change: { id, state: 'applied' } })
    expect(await run(['list', '--state', 'applied'])).toMatchObject({ changes: [{ id: back }, { id }] })
  })

  it('a scheduled change is applied by the gateway when its time has come', async () => {
    const at = new Date(Date.now() + 10_000).toISOString()
    const id = await proposed({ suspended: true, limits: { perMinute: 999 } }, at)
    expect(await change('security-2', 'approve', id)).toMatchObject({ code: 0, change: { state: 'approved' } })
    expect(await change('security-2', 'apply', id)).toMatchObject({ code: 1, refused: { reason: 'not-due' } })
    await eventually(async () => (await run(['show', id])).change?.state === 'applied')
    const back = idOf(await change('security-2', 'rollback', '0'))
    await change('security-2', 'propose', back)
    expect((await change('security-1', 'approve', back)).code).toBe(0)
  })

  // What an officer may try by this entry point, and how it is refused and recorded.
  const rows: readonly (readonly [string, string, (id: string) => Promise<Answer>])[] = [
    ['self-approval', 'not-entitled', id => change('security-1', 'approve', id)],
    ['an auditor approves', 'not-entitled', id => change('auditor-1', 'approve', id)],
    ['an operator rejects', 'not-entitled', id => change('operator-1', 'reject', id, '--why', 'No')],
    [
      'an operator drafts',
      'not-entitled',
      async () => change('operator-1', 'draft', await draftOf({ ceiling: 'public' })),
    ],
    ['a stale version', 'stale', id => change('security-2', 'approve', id, '--if-version', '1')],
    [
      'another officer’s name',
      'bad-signature',
      id => run(['approve', id, '--officer', 'security-2', '--key', join(world.certsDir, 'officer.security-1.key')]),
    ],
    [
      'an approval behind an edit',
      'wrong-state',
      async id => {
        expect((await change('security-1', 'edit', id, await draftOf({ limits: { perMinute: 5 } }))).code).toBe(0)
        return change('security-2', 'approve', id)
      },
    ],
    [
      'a change that is not there',
      'not-found',
      () => change('security-2', 'approve', '01939c5e-7b1a-7cc3-9b1e-0123456789ab'),
    ],
  ]
  it.each(rows)('%s: %s', async (_, reason, attempt) => {
    const id = await proposed({ limits: { perMinute: 4 } })
    expect(await attempt(id)).toMatchObject({ code: 1, refused: { reason } })
  })

  it('each tried act is a record of the control lane, done or refused', async () => {
    // Nine refused ones: those of the table, and the one that was too early.
    const refused = (records: readonly Record<string, unknown>[]) =>
      records.filter(({ outcome }) => outcome === 'refused').map(({ reason }) => reason)
    await eventually(async () => refused(await officerRecords()).length === rows.length + 1)
    const records = await officerRecords()
    expect(refused(records).sort()).toEqual([...rows.map(([, reason]) => reason), 'not-due'].sort())
    expect(records).toContainEqual(
      expect.objectContaining({ event: 'approve', officer: 'security-2', outcome: 'done', via: 'command' }),
    )
    expect(records).toContainEqual(expect.objectContaining({ event: 'apply', officer: null, via: 'schedule' }))
    // Alerts and reads are numbered among them: none is left out, none comes twice.
    const numbers = (await controlRecords()).flatMap(({ number, actedAt }) => (actedAt === undefined ? [] : [number]))
    expect(numbers).toEqual(numbers.map((_, n) => n + 1))
    expect(await world.verify()).toMatchObject({ code: 0, good: true })
  })

  it('misused: exit code 2', async () => {
    const keyless = await world.command('change', 'recover', 'a', '--officer', 'security-1', '--key', '/nonexistent')
    expect(keyless).toMatchObject({ code: 2, stdout: '' })
  })
})

// Last: each leaves the gateway with what it verified before.
describe('straight SQL as superuser', () => {
  const sql = async (text: string, ...values: unknown[]): Promise<void> => {
    const client = new Client({ connectionString: world.database.adminUrl })
    await client.connect()
    try {
      await client.query('SET session_replication_role = replica')
      await client.query(text, values)
    } finally {
      await client.end()
    }
  }
  const doctor = async () => {
    const { stdout } = await world.command('doctor', '--json')
    const { results } = JSON.parse(stdout) as { results: { what: string; state: string; detail: string }[] }
    return results.find(({ what }) => what === 'revisions')
  }
  const rehash = `digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')`

  // What is written; the revision that is alerted; what doctor says of it.
  const rows: readonly (readonly [string, string, RegExp])[] = [
    [
      'an old revision edited',
      `UPDATE revision SET content = replace(content, '"perMinute":1000', '"perMinute":9000') WHERE number = 1`,
      /digest-differs/,
    ],
    [
      'an officer’s key changed inside the genesis, its digest put right',
      `UPDATE revision SET content = regexp_replace(content, '("id":"security-1","key":")[0-9a-f]{64}', '\\1' || repeat('a', 64)) WHERE number = 0`,
      /genesis-not-pinned/,
    ],
    [
      'an approval taken from another change',
      `UPDATE revision SET content = replace(content,
         (SELECT (content::json -> 'change' -> 'signatures' -> 1 ->> 'jws') FROM revision WHERE number = 2),
         (SELECT (content::json -> 'change' -> 'signatures' -> 1 ->> 'jws') FROM revision WHERE number = 3)) WHERE number = 2`,
      /not-approved/,
    ],
    [
      'an older revision put back',
      'DELETE FROM revision WHERE number = (SELECT max(number) FROM revision)',
      /put back/,
    ],
  ]

  beforeAll(() => sql('CREATE TABLE kept AS SELECT * FROM revision'))
  afterEach(async () => {
    const columns = 'number, digest, previous, content, created_at'
    await sql('DELETE FROM revision')
    await sql(`INSERT INTO revision (${columns}) SELECT ${columns} FROM kept`)
  })

  it.each(rows)('%s: found, alerted, never obeyed', async (_, text, said) => {
    const alerts = () => world.gateway.log().split('a stored revision is not the one that was verified').length
    const before = alerts()
    await sql(text)
    if (!said.test('digest-differs')) await sql(`UPDATE revision SET ${rehash}`)
    await eventually(() => alerts() > before)
    expect(await change('security-1', 'draft', draft())).toMatchObject({ refused: { reason: 'unverified' } })
    expect((await world.client('G99.21.records').call(LIST)).status).toBe(200)
    const [looked, verified] = await Promise.all([doctor(), world.verify()])
    expect(looked).toMatchObject({ state: 'wrong', detail: expect.stringMatching(said) as unknown })
    expect(verified).toMatchObject({
      code: 1,
      findings: expect.arrayContaining([expect.objectContaining({ kind: 'revision-differs' })]) as unknown,
    })
  })

  /** One that was written while the revisions still verified. */
  const draft = (): string => join(world.directory, 'draft-1.json')
})
