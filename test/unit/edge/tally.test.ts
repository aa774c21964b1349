import { afterEach, describe, expect, it } from '@jest/globals'
import { must } from '../../../gateway/domain/result.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import { Tally } from '../../../gateway/edge/tally.ts'
import type { AuditLog } from '../../../gateway/exchange/ports.ts'
import type { Count } from '../../../gateway/record/counted-record.ts'
import { AT, fieldsOf, LANE, writer } from '../record/facts.ts'

const ONE = must(parseSystemId('G99.21/records'))
const TWO = must(parseSystemId('G99.22/logistics'))
const refusal = (changes: Partial<Count> = {}): Count => ({
  kind: 'refusals',
  consumer: ONE,
  problem: 'not-permitted',
  source: '10.0.0.1',
  second: AT,
  times: 1,
  certificate: null,
  detail: null,
  ...changes,
})

/** A log in memory that can be out of reach. */
function world() {
  const leaves: Uint8Array[] = []
  const errors: unknown[] = []
  const state = { down: false }
  const log: AuditLog = {
    writer,
    append: async leaf => {
      if (state.down) throw new Error('down')
      leaves.push(leaf)
      return { lane: LANE, index: leaves.length - 1, leafHash: new Uint8Array(32), checkpoint: '', newestRevision: 0 }
    },
  }
  const tally = new Tally(
    log,
    () => AT,
    thrown => errors.push(thrown),
  )
  open.push(tally)
  return { tally, state, errors, records: () => leaves.map(fieldsOf) }
}
const open: Tally[] = []
afterEach(async () => {
  for (const tally of open.splice(0)) await tally.close()
})

const spend = (tally: Tally, times: number, changes: Partial<Count> = {}) =>
  Array.from({ length: times }, () => tally.spend(refusal(changes))).filter(Boolean).length

describe('the refusal budget', () => {
  it('lets 50 refusals a second of one system be recorded one by one, and counts the rest', async () => {
    const { tally, records } = world()
    expect(spend(tally, 120)).toBe(50)
    await tally.flush()
    expect(records()).toEqual([
      expect.objectContaining({ kind: 'refusals', consumer: ONE, problem: 'not-permitted', times: 70 }),
    ])
  })

  it('is each system’s own', () => {
    const { tally } = world()
    expect([spend(tally, 60), spend(tally, 60, { consumer: TWO })]).toEqual([50, 50])
    expect(spend(tally, 60, { consumer: null, source: '10.0.0.2' })).toBe(50)
    expect(spend(tally, 60, { consumer: null, source: '10.0.0.3' })).toBe(50)
  })

  it('is over all codes of a system', () => {
    const { tally } = world()
    expect(spend(tally, 30) + spend(tally, 30, { problem: 'path-not-canonical' })).toBe(50)
  })

  it('begins anew with the next second', async () => {
    const { tally } = world()
    spend(tally, 60)
    await tally.flush()
    expect(spend(tally, 60)).toBe(50)
  })

  it('of a known system is not used up by a thousand strangers', () => {
    const { tally } = world()
    for (let i = 0; i < 3000; i++) tally.spend(refusal({ consumer: null, source: `10.0.${i >> 8}.${i & 255}` }))
    expect(spend(tally, 60)).toBe(50)
  })
})

describe('counts', () => {
  it('are one record for each system, kind, problem and reason', async () => {
    const { tally, records } = world()
    const counted = [
      refusal(),
      refusal(),
      refusal({ problem: 'path-not-canonical' }),
      refusal({ consumer: TWO, times: 5 }),
      refusal({ kind: 'tls-failure', consumer: null, problem: 'certificate-missing' }),
      refusal({ kind: 'tls-failure', consumer: null, problem: 'handshake-failed', detail: 'ECONNRESET' }),
      refusal({ kind: 'tls-failure', consumer: null, problem: 'handshake-failed', detail: 'ERR_SSL_HTTP_REQUEST' }),
      refusal({ kind: 'tls-failure', consumer: null, problem: 'handshake-failed', detail: 'ECONNRESET' }),
    ]
    counted.forEach(count => tally.count(count))
    await tally.flush()
    await tally.flush()
    expect(records().map(({ kind, consumer, problem, times }) => [kind, consumer, problem, times])).toEqual([
      ['refusals', ONE, 'not-permitted', 2],
      ['refusals', ONE, 'path-not-canonical', 1],
      ['refusals', TWO, 'not-permitted', 5],
      ['tls-failure', undefined, 'certificate-missing', 1],
      ['tls-failure', undefined, 'handshake-failed', 2],
      ['tls-failure', undefined, 'handshake-failed', 1],
    ])
  })

  it('of ten thousand sources are about a thousand records, none lost, and those of many name none', async () => {
    const { tally, records } = world()
    for (let i = 0; i < 10_000; i++)
      tally.count(
        refusal({
          consumer: null,
          source: `10.1.${i >> 8}.${i & 255}`,
          problem: i % 2 ? 'not-permitted' : 'certificate-unbound',
        }),
      )
    // A source that was there before goes on to be counted by itself.
    tally.count(refusal({ consumer: null, source: '10.1.0.1' }))
    await tally.flush()
    const all = records()
    expect(all.length).toBe(1002)
    expect(all.reduce((sum, { times }) => sum + Number(times), 0)).toBe(10_001)
    const others = all.filter(({ detail }) => detail === 'others')
    expect(others.map(({ problem, source, consumer, times }) => [problem, source, consumer, times])).toEqual([
      ['certificate-unbound', '', undefined, 4500],
      ['not-permitted', '', undefined, 4500],
    ])
    expect(all.find(({ source }) => source === '10.1.0.1')).toMatchObject({ times: 2 })
  })

  it('that cannot be written are kept and written later, together with what came since', async () => {
    const { tally, state, errors, records } = world()
    state.down = true
    tally.count(refusal({ times: 3 }))
    await tally.flush()
    expect([records(), errors.length]).toEqual([[], 1])
    tally.count(refusal({ times: 4 }))
    state.down = false
    await tally.flush()
    expect(records()).toEqual([expect.objectContaining({ times: 7 })])
  })

  it('are written when the process ends', async () => {
    const { tally, records } = world()
    tally.count(refusal())
    await tally.close()
    expect(records()).toHaveLength(1)
  })
})
