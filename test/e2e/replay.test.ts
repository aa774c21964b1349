import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { fillLane } from '../../bench/fill-lane.ts'
import { type RecordedLog, recordedLog } from '../../bench/recorded-log.ts'
import { newLaneName, parseGatewayId } from '../../gateway/domain/gateway-id.ts'
import { type Instant, parseInstant } from '../../gateway/domain/instant.ts'
import { must } from '../../gateway/domain/result.ts'
import { openDecidedReader } from '../../gateway/edge/postgres/decided-records.ts'
import { type Difference, type Replay, type ReplayedLog, replayLog } from '../../gateway/review/replay-log.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const EXCHANGES = 20_000
const PLANT_EVERY = 97
const DAY = '2026-06-02'
const GATEWAY = must(parseGatewayId('gateway-1'))
const at = (text: string): Instant => must(parseInstant(text))

const encode = (fields: object): Uint8Array => Buffer.from(JSON.stringify(fields))
const WRITTEN = '2026-06-02T03:00:00.000000Z'

/** What stands in a log beside decisions, in a lane of its own. */
const ODD: readonly Uint8Array[] = [
  // Never routed; and routed, with headers that could not be read.
  encode({ v: 1, kind: 'refusal', at: WRITTEN, problem: 'route-unknown', timings: {} }),
  encode({ v: 1, kind: 'refusal', at: WRITTEN, operation: 'list', problem: 'header-invalid', timings: {} }),
  // Permitted, and refused by a schema and by a limit behind that.
  encode({
    v: 1,
    kind: 'refusal',
    at: WRITTEN,
    decision: 'permit',
    problem: 'request-invalid',
    timings: { decided: 1 },
  }),
  encode({ v: 1, kind: 'refusal', at: WRITTEN, decision: 'permit', problem: 'rate-exceeded', timings: { decided: 1 } }),
  encode({ v: 1, kind: 'fault', at: WRITTEN, decision: 'permit', problem: 'internal', timings: { decided: 1 } }),
  // Behind a request record: its exchange is counted by that.
  encode({
    v: 1,
    kind: 'refusal',
    at: WRITTEN,
    decision: 'permit',
    problem: 'response-invalid',
    timings: { recorded: 9 },
  }),
  encode({
    v: 1,
    kind: 'undelivered',
    at: WRITTEN,
    decision: 'permit',
    problem: 'caller-gone',
    timings: { recorded: 9 },
  }),
  // One record for seven.
  encode({ v: 1, kind: 'tls-failure', at: WRITTEN, problem: 'handshake-failed', times: 7 }),
  Buffer.from('not JSON'),
  encode({ v: 1, kind: 'request', at: WRITTEN, decision: 'permit', reason: 'agreement' }),
]

let database: FreshDatabase
let log: RecordedLog
const planted = new Map<string, string>()

beforeAll(async () => {
  database = await freshDatabase()
  log = await recordedLog()
  const client = new Client({ connectionString: database.adminUrl })
  await client.connect()
  const leaves = function* (): Generator<Uint8Array> {
    for (const { leaf, exchange, plant } of log.leaves(EXCHANGES, PLANT_EVERY, true)) {
      if (plant !== null) planted.set(exchange, plant)
      yield leaf
    }
  }
  await fillLane(client, newLaneName(GATEWAY), DAY, leaves())
  await fillLane(client, newLaneName(GATEWAY), DAY, ODD)
  await client.end()
})
afterAll(() => database.drop())

async function replayed(
  changes: Partial<Replay> = {},
): Promise<ReplayedLog & { readonly each: readonly Difference[] }> {
  const { from = null, to = null } = changes
  const reader = await openDecidedReader(database.runtimeUrl, { from, to })
  const each: Difference[] = []
  try {
    const result = await replayLog({
      reader,
      candidate: log.candidate,
      policyOf: number => (number === 0 ? log.decider : null),
      from,
      to,
      signal: new AbortController().signal,
      onDifference: difference => each.push(difference),
      ...changes,
    })
    return { ...result, each }
  } finally {
    await reader.close()
  }
}

const REASONS: Readonly<Record<string, string>> = {
  suspended: 'permit -> agreement-suspended',
  hours: 'permit -> outside-hours',
  ceiling: 'permit -> too-sensitive',
  ended: 'permit -> agreement-expired',
  'new-agreement': 'no-agreement -> permit',
}

describe('a replay', () => {
  it('names exactly the planted differences, one by one and in groups', async () => {
    const { each, replayed: count, same, differences, complete, ungrouped } = await replayed()
    expect(new Set(each.map(({ exchange }) => exchange))).toEqual(new Set(planted.keys()))
    expect(each).toHaveLength(planted.size)
    for (const { exchange, was, now } of each)
      expect(`${was} -> ${now}`).toBe(REASONS[planted.get(exchange ?? '') ?? ''])
    expect({ count, same, complete, ungrouped }).toEqual({
      count: EXCHANGES,
      same: EXCHANGES - planted.size,
      complete: true,
      ungrouped: 0,
    })
    expect(differences.map(({ was, now }) => `${was} -> ${now}`).sort()).toEqual(Object.values(REASONS).sort())
    expect(differences.reduce((sum, group) => sum + group.count, 0)).toBe(planted.size)
    for (const { unit, service, examples } of differences)
      expect([unit, service, examples.length]).toEqual(['G99.40', 'G99.10/service-0/v1', 5])
  })

  it('reproduces every verdict under the revision that decided, and then nothing differs', async () => {
    const { findingCount, differences, same } = await replayed({ candidate: log.decider })
    expect({ findingCount, differences, same }).toEqual({ findingCount: 0, differences: [], same: EXCHANGES })
  })

  it('counts by kind what cannot be decided again', async () => {
    const { notReplayable } = await replayed()
    expect(notReplayable.map(({ why, code, count }) => `${why} ${code} ${count}`).sort()).toEqual([
      'counted handshake-failed 7',
      'fault internal 1',
      'not-decided header-invalid 1',
      'not-routed route-unknown 1',
      'refused-later rate-exceeded 1',
      'refused-later request-invalid 1',
      'unreadable - 2',
    ])
  })

  it('looks at no record outside of the time asked for', async () => {
    // One exchange a millisecond.
    const second = await replayed({ from: at('2026-06-02T03:00:01Z'), to: at('2026-06-02T03:00:03Z') })
    expect(second.replayed).toBe(2_000)
    const days = await Promise.all([
      replayed({ from: at('2026-07-01T00:00:00Z') }),
      replayed({ to: at('2026-05-01T00:00:00Z') }),
    ])
    expect(days.map(({ replayed: count }) => count)).toEqual([0, 0])
  })

  it('says what it knows when it is stopped', async () => {
    const stop = new AbortController()
    const { complete, replayed: count, same } = await replayed({ signal: stop.signal, onProgress: () => stop.abort() })
    expect(complete).toBe(false)
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(EXCHANGES)
    expect(same).toBeLessThan(count)
  })

  it('reports a decision that its revision does not make, and one of a revision that is not there', async () => {
    const { findings, findingCount } = await replayed({ candidate: log.decider, policyOf: () => log.candidate })
    expect(findingCount).toBe(planted.size)
    expect(findings[0]?.kind).toBe('not-reproduced')
    expect(findings[0]?.detail).toMatch(/^recorded permit, revision 0 says [a-z-]+$/)
    const unknown = await replayed({ policyOf: () => null })
    expect(unknown.findingCount).toBe(EXCHANGES)
    expect(unknown.findings[0]?.detail).toBe('revision 0 is not in the chain')
  })
})
