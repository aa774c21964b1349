import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ConfigurationDocument } from '../../gateway/configuration/document.ts'
import { locateInRevision } from '../../gateway/configuration/locate.ts'
import { parseConfiguration } from '../../gateway/configuration/parse-configuration.ts'
import type { Digest } from '../../gateway/domain/digest.ts'
import { must } from '../../gateway/domain/result.ts'
import { GENESIS } from '../../gateway/domain/revision-number.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { decisionInputOf } from '../../gateway/record/decision-input.ts'
import { readLeaf } from '../../gateway/record/read-leaf.ts'
import { compileSnapshot, type Snapshot } from '../../gateway/snapshot/snapshot.ts'
import { query, readLog } from '../support/ledger/read-log.ts'
import { change } from '../support/world/configuration-directory.ts'
import { startWorld, type World } from '../support/world/world.ts'

const PATH = '/exchange/G99.10/categories/v1/provinces'
/** Each leads to another verdict of the policy. */
const calls: readonly { system: string; headers: Record<string, string>; reason: string }[] = [
  { system: 'G99.21.records', headers: { 'exchange-purpose': 'reference-data' }, reason: 'agreement' },
  {
    system: 'G99.21.records',
    headers: { 'exchange-purpose': 'reference-data', 'data-classification': 'internal' },
    reason: 'agreement',
  },
  { system: 'G99.21.records', headers: {}, reason: 'no-purpose' },
  { system: 'G99.21.records', headers: { 'exchange-purpose': 'supply' }, reason: 'purpose-not-granted' },
  {
    system: 'G99.21.records',
    headers: { 'exchange-purpose': 'reference-data', 'data-classification': 'public' },
    reason: 'classification-lowered',
  },
  {
    system: 'G99.21.records',
    headers: { 'exchange-purpose': 'reference-data', 'data-classification': 'restricted' },
    reason: 'too-sensitive',
  },
  {
    system: 'G99.21.records',
    headers: { 'exchange-purpose': 'reference-data', 'data-classification': 'toi-mat' },
    reason: 'state-secret',
  },
  { system: 'G99.22.logistics', headers: { 'exchange-purpose': 'reference-data' }, reason: 'agreement-expired' },
  { system: 'G99.23.training', headers: { 'exchange-purpose': 'reference-data' }, reason: 'agreement-not-yet-valid' },
]

/** Promise 5: decide is pure, and a record holds its whole input. */
describe('every recorded decision can be replayed', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({
      configure: files => {
        const window = 'valid: { from: 2026-01-01T00:00:00+07:00, until: 2031-01-01T00:00:00+07:00 }'
        change(
          files,
          'agreements/logistics-categories.yaml',
          window,
          'valid: { from: 2020-01-01T00:00:00+07:00, until: 2021-01-01T00:00:00+07:00 }',
        )
        change(
          files,
          'agreements/logistics-categories.yaml',
          'securityConfirmedOn: 2026-10-01',
          'securityConfirmedOn: 2020-06-01',
        )
        change(
          files,
          'agreements/training-categories.yaml',
          window,
          'valid: { from: 2090-01-01T00:00:00+07:00, until: 2091-01-01T00:00:00+07:00 }',
        )
      },
    })
  })
  afterAll(() => world.close())

  it('gives the recorded verdicts again, from the records and the stored revision alone, in another year', async () => {
    for (const { system, headers } of calls) await world.client(system).call({ path: PATH, headers })
    const snapshot = await storedSnapshot(world)
    const records = (await readLog(world.database.adminUrl)).map(({ leaf }) => must(readLeaf(leaf)))
    const decided = records
      .filter(record => record.kind === 'request' || record.kind === 'refusal')
      .filter(record => record.fields.input !== undefined)
    expect(decided.map(record => record.fields.reason)).toEqual(calls.map(({ reason }) => reason))

    // Neither the clock nor chance may have a say.
    jest.useFakeTimers({ now: new Date('2040-06-01T00:00:00Z') })
    const random = jest.spyOn(Math, 'random').mockImplementation(() => {
      throw new Error('decide asked for chance')
    })
    try {
      for (const record of decided) {
        const input = decisionInputOf(record)
        if (!input) throw new Error('a record without its input')
        const decision = decide(input, snapshot)
        expect({
          decision: decision.kind,
          reason: decision.kind === 'permit' ? 'agreement' : decision.refusal.reason,
          agreement: decision.agreement?.id,
          revision: decision.revision,
        }).toEqual({
          decision: record.fields.decision,
          reason: record.fields.reason,
          agreement: record.fields.agreement,
          revision: record.fields.revision,
        })
      }
    } finally {
      jest.useRealTimers()
      random.mockRestore()
    }
  })
})

async function storedSnapshot(world: World): Promise<Snapshot> {
  const [row] = await query(
    world.database.adminUrl,
    async client =>
      (await client.query<{ content: string; digest: Digest }>('SELECT content, digest FROM revision')).rows,
  )
  const { document } = JSON.parse(row?.content ?? '') as { document: ConfigurationDocument }
  const configuration = parseConfiguration(document, locateInRevision(0))
  if (!configuration.ok) throw new Error('the stored revision does not parse')
  return compileSnapshot(configuration.value, GENESIS, row?.digest as Digest)
}
