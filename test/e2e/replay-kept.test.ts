import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { uuidv7 } from 'uuidv7'
import { fillLane } from '../../bench/fill-lane.ts'
import { type RecordedLog, recordedLog } from '../../bench/recorded-log.ts'
import { editsBetween } from '../../gateway/configuration/edits.ts'
import type { ChangeId } from '../../gateway/domain/change-id.ts'
import type { Digest } from '../../gateway/domain/digest.ts'
import { digestOf } from '../../gateway/domain/digest.ts'
import { newLaneName, parseGatewayId } from '../../gateway/domain/gateway-id.ts'
import { type Instant, parseInstant } from '../../gateway/domain/instant.ts'
import type { OfficerId } from '../../gateway/domain/officer-id.ts'
import { must } from '../../gateway/domain/result.ts'
import { type Database, openDatabase } from '../../gateway/edge/postgres/database.ts'
import { PostgresReplays } from '../../gateway/edge/postgres/replays.ts'
import { insertRevision } from '../../gateway/edge/postgres/revisions.ts'
import { runReplay } from '../../gateway/edge/replay/run-replay.ts'
import type { ReplayCandidate, ReplayId, StoredReplay } from '../../gateway/review/replay-store.ts'
import { makeGenesis } from '../../gateway/snapshot/revision-text.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const EXCHANGES = 6_000
const PLANT_EVERY = 11
const at = (text: string): Instant => must(parseInstant(text))
const OFFICER = 'auditor-1' as OfficerId

let fresh: FreshDatabase
let office: Database
let replays: PostgresReplays
let log: RecordedLog
let chain: readonly Digest[]
let planted = 0

beforeAll(async () => {
  fresh = await freshDatabase()
  log = await recordedLog()
  const client = new Client({ connectionString: fresh.adminUrl })
  await client.connect()
  const leaves = function* (): Generator<Uint8Array> {
    for (const { leaf, plant } of log.leaves(EXCHANGES, PLANT_EVERY, false)) {
      if (plant !== null) planted++
      yield leaf
    }
  }
  await fillLane(client, newLaneName(must(parseGatewayId('gateway-1'))), '2026-06-02', leaves())
  await client.end()
  // With the rights of an office process and no others.
  office = openDatabase(fresh.officeUrl, { name: 'test' })
  replays = new PostgresReplays(office)
  const genesis = makeGenesis(log.document)
  await insertRevision(office, genesis)
  chain = [genesis.digest]
})
afterAll(async () => {
  await office.close()
  await fresh.drop()
})

const edits = () => editsBetween(log.document, log.candidateDocument)

async function asked(
  candidate: ReplayCandidate,
  more: { officer?: OfficerId | null; to?: Instant } = {},
): Promise<ReplayId> {
  const { officer = OFFICER, to = at('2026-07-01T00:00:00Z') } = more
  const id = uuidv7() as ReplayId
  await replays.insert({ id, officer, candidate, from: at('2026-06-01T00:00:00Z'), to, createdAt: to })
  return id
}

async function worked(id: ReplayId, millis = 60_000): Promise<StoredReplay> {
  const claimed = await replays.claim()
  expect(claimed?.id).toBe(id)
  await runReplay(office, { id, attempt: claimed?.attempt ?? 0, chain, millis })
  return kept(id)
}

async function kept(id: ReplayId): Promise<StoredReplay> {
  const replay = await replays.read(id)
  if (!replay) throw new Error('the replay is not there')
  return replay
}

const admin = async (sql: string): Promise<void> => {
  const client = new Client({ connectionString: fresh.adminUrl })
  await client.connect()
  await client.query(sql)
  await client.end()
}

describe('a replay that is kept', () => {
  it('finds what is planted, and gives it out in pages and in order', async () => {
    const id = await asked({ kind: 'edits', edits: edits() })
    expect(await kept(id)).toMatchObject({ state: 'waiting', attempt: 0, report: null })
    const done = await worked(id)
    expect(done).toMatchObject({ state: 'done', revision: 0, kept: planted, why: null, read: done.size })
    expect(done.report).toMatchObject({ replayed: EXCHANGES, same: EXCHANGES - planted, findingCount: 0 })
    const lines: string[] = []
    // Not a divisor of how they are stored.
    for (let from: number | null = 0; from !== null; ) {
      const page = await replays.differences(done, from, 77)
      lines.push(...page.lines)
      from = page.cursor
    }
    expect(new Set(lines.map(line => (JSON.parse(line) as { exchange: string }).exchange)).size).toBe(planted)
    expect(lines).toHaveLength(planted)
    expect(await replays.differences(done, planted, 10)).toEqual({ lines: [], cursor: null })
  })

  it('under the newest revision differs in nothing', async () => {
    const done = await worked(await asked({ kind: 'newest' }))
    expect(done).toMatchObject({ state: 'done', kept: 0, report: { same: EXCHANGES, findingCount: 0 } })
  })

  it('whose time is over says how far it came', async () => {
    const partial = await worked(await asked({ kind: 'newest' }), 1)
    expect(partial.state).toBe('partial')
    expect(partial.read).toBeGreaterThan(0)
    expect(partial.read).toBeLessThan(partial.size ?? 0)
    expect(partial.report?.replayed).toBe(partial.read)
  })

  it('of a change that is another by now fails, and says so', async () => {
    const change = uuidv7() as ChangeId
    const failed = await worked(await asked({ kind: 'change', change, digest: digestOf('another text') }))
    expect(failed).toMatchObject({ state: 'failed', report: null, why: 'the change was edited since' })
  })

  it('of edits that do not fit any more fails, and says so', async () => {
    const [first] = edits()
    if (!first) throw new Error('there are edits')
    const failed = await worked(await asked({ kind: 'edits', edits: [{ ...first, was: digestOf('something else') }] }))
    expect(failed).toMatchObject({ state: 'failed', why: 'it does not fit revision 0 any more' })
  })

  it('does not trust a stored revision that is not what was verified', async () => {
    const id = await asked({ kind: 'newest' })
    const claimed = await replays.claim()
    const job = { id, attempt: claimed?.attempt ?? 0, chain: [digestOf('another')], millis: 60_000 }
    await expect(runReplay(office, job)).rejects.toThrow('revision 0 is not what was verified')
    await replays.cancel(id)
  })

  it('that is cancelled ends, and whoever is at it stores nothing more', async () => {
    const id = await asked({ kind: 'edits', edits: edits() })
    const claimed = await replays.claim()
    expect(await replays.cancel(id)).toBe(true)
    await runReplay(office, { id, attempt: claimed?.attempt ?? 0, chain, millis: 60_000 })
    expect(await kept(id)).toMatchObject({ state: 'cancelled', report: null })
    expect(await replays.cancel(id)).toBe(false)
  })

  it('of a process that has gone is begun anew by another, and what the first one stores is not seen', async () => {
    const id = await asked({ kind: 'edits', edits: edits() })
    const first = await replays.claim()
    expect(await replays.claim()).toBeNull()
    await admin("UPDATE replay_progress SET beat = now() - interval '1 minute' WHERE state = 'running'")
    const second = await replays.claim()
    expect([second?.id, second?.attempt]).toEqual([id, 2])
    // The first one was only slow.
    expect(await replays.beat({ id, attempt: first?.attempt ?? 0 })).toBe(false)
    await replays.keep({ id, attempt: 1 }, 0, ['{"not":"seen"}'])
    expect(await replays.end({ id, attempt: 1 }, { state: 'done', report: null, why: 'x' })).toBe(false)
    await runReplay(office, { id, attempt: 2, chain, millis: 60_000 })
    const done = await kept(id)
    expect(done).toMatchObject({ state: 'done', kept: planted })
    expect((await replays.differences(done, 0, 1)).lines[0]).toContain('"exchange"')
  })

  it('that ends every process is given up', async () => {
    const id = await asked({ kind: 'newest' })
    for (let attempt = 1; attempt <= 5; attempt++) {
      expect((await replays.claim())?.attempt).toBe(attempt)
      await replays.giveBack({ id, attempt })
    }
    expect(await replays.claim()).toBeNull()
    expect(await kept(id)).toMatchObject({ state: 'failed' })
  })

  it('is one for a text of a proposal, and those that officers wait for come first', async () => {
    const change = uuidv7() as ChangeId
    const candidate = { kind: 'change', change, digest: digestOf('a text') } as const
    const first = await asked(candidate, { officer: null })
    await asked(candidate, { officer: null })
    expect((await replays.ofProposal(change, candidate.digest))?.id).toBe(first)
    expect(await replays.ofProposal(change, digestOf('another text'))).toBeNull()
    const own = await asked({ kind: 'newest' })
    expect(await replays.countOpen()).toBe(1)
    expect((await replays.claim())?.id).toBe(own)
    expect((await replays.claim())?.id).toBe(first)
    expect(await replays.claim()).toBeNull()
  })
})
