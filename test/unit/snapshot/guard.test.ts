import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Configuration } from '../../../gateway/configuration/objects.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import type { Minute } from '../../../gateway/domain/instant.ts'
import { parsePurpose } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { GENESIS } from '../../../gateway/domain/revision-number.ts'
import { parseOperationName, parseServiceId } from '../../../gateway/domain/service-id.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import type { GuardrailFacts } from '../../../gateway/policy/decision.ts'
import { guard } from '../../../gateway/snapshot/guard.ts'
import { compileSnapshot } from '../../../gateway/snapshot/snapshot.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'
import { readAndParse } from '../configuration/read-and-parse.ts'
import { guardrail } from '../policy/guardrails-world.ts'
import { minute } from '../policy/world.ts'

let demo: Configuration
beforeAll(async () => {
  demo = must(readAndParse(demoFiles(), await demoCertificates()))
})

const SUNDAY = minute('2026-06-07T03:00')
const facts: GuardrailFacts = {
  consumer: must(parseSystemId('G99.21/records')),
  service: must(parseServiceId('G99.10/records/v1')),
  operation: must(parseOperationName('getRecord')),
  purpose: must(parsePurpose('records-deposit')),
  classification: 'restricted',
  minute: SUNDAY,
}
const snapshotOf = (changes: Partial<Configuration> = {}) =>
  compileSnapshot({ ...demo, ...changes }, GENESIS, digestOf('guard'))
const marked = (code: string, ...attributes: readonly string[]): Partial<Configuration> => ({
  units: demo.units.map(unit => (unit.code === code ? { ...unit, attributes } : unit)),
})

describe('the guardrails of a snapshot', () => {
  it.each<[what: string, expected: string | null, changes: () => Partial<Configuration>]>([
    ['the demo world permits at any hour', null, () => ({})],
    ['a consumer without night duty', 'restricted-in-working-hours', () => marked('G99.21')],
    ['an external consumer', 'external-never-restricted', () => marked('G99.21', 'external', 'round-the-clock')],
    ['an external provider', 'external-never-restricted', () => marked('G99.10', 'external')],
    ['a provider without night duty', null, () => marked('G99.10')],
    ['no guardrail', null, () => ({ ...marked('G99.21'), guardrails: [] })],
    ['longer working hours', null, () => ({ ...marked('G99.21'), workingHours: always() })],
  ])('see the attributes of the units and the calendar of the genesis: %s: %s', (_, expected, changes) => {
    expect(snapshotOf(changes()).forbiddenBy(facts)).toBe(expected)
  })

  // One question after another to one snapshot: each has its own verdict, the first time and when it is asked again.
  it('keep no verdict for another question', () => {
    const snapshot = snapshotOf(marked('G99.21'))
    const monday = minute('2026-06-01T03:00')
    const other = { consumer: must(parseSystemId('G99.22/logistics')) }
    const identity = { service: must(parseServiceId('G99.10/identity/v1')) }
    const rows: readonly (readonly [Partial<GuardrailFacts>, string | null])[] = [
      [{}, 'restricted-in-working-hours'],
      [{ minute: monday }, null],
      [{ classification: 'internal' }, null],
      [other, null],
      [identity, 'identity-for-its-purpose'],
      [{ ...identity, purpose: must(parsePurpose('identity-check')) }, 'restricted-in-working-hours'],
      [{ ...identity, minute: monday, purpose: must(parsePurpose('identity-check')) }, null],
      [{ minute: (SUNDAY + 1) as Minute }, 'restricted-in-working-hours'],
    ]
    for (let round = 0; round < 3; round++)
      for (const [changes, expected] of rows) expect(snapshot.forbiddenBy({ ...facts, ...changes })).toBe(expected)
  })

  it('keep verdicts of minutes apart where a guardrail reads the minute', () => {
    const snapshot = snapshotOf({ guardrails: [guardrail('at-ten', 'context["minuteOf\\u{44}ay"] == 600')] })
    const at = (text: string) => snapshot.forbiddenBy({ ...facts, minute: minute(text) })
    expect(['2026-06-01T03:00', '2026-06-01T03:01', '2026-06-02T03:00', '2026-06-01T03:01'].map(at)).toEqual([
      'at-ten',
      null,
      'at-ten',
      null,
    ])
  })

  it('of many snapshots alive at once answer each for itself', () => {
    const snapshots = Array.from({ length: 5 }, (_, n) =>
      snapshotOf({ guardrails: [guardrail(`rule-${n}`, `context.minuteOfDay >= ${n}`)] }),
    )
    // More minutes than a cache of last resort would hide.
    for (let at = 0; at < 20; at++)
      expect(snapshots.map(each => each.forbiddenBy({ ...facts, minute: (SUNDAY + at) as Minute }))).toEqual([
        ...['rule-0', 'rule-1', 'rule-2', 'rule-3', 'rule-4'],
      ])
  })

  it('answer the same behind more questions than they keep verdicts of', () => {
    const rule = guardrail('odd', 'context.operation == Operation::"getRecord"')
    const kept = guard({ ...demo, guardrails: [rule] }, 10)
    const ask = (n: number) =>
      kept.forbiddenBy({ ...facts, operation: must(parseOperationName(n === 0 ? 'getRecord' : `other${n}`)) })
    for (let round = 0; round < 2; round++)
      for (let n = 0; n < 25; n++) expect([n, ask(n), ask(0)]).toEqual([n, n === 0 ? 'odd' : null, 'odd'])
  })
})

const always = () => ({ ...demo.workingHours, days: [0, 1, 2, 3, 4, 5, 6], from: 0, until: 24 * 60 })
