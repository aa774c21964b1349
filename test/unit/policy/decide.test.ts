import { describe, expect, it } from '@jest/globals'
import type { Agreement } from '../../../gateway/configuration/objects.ts'
import { parseAgreementId } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseOperationName } from '../../../gateway/domain/service-id.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import { decide } from '../../../gateway/policy/decide.ts'
import { type DecisionInput, problemOf, type Refusal } from '../../../gateway/policy/decision.ts'
import { catalogue } from '../../../gateway/problems/catalogue.ts'
import { agreement, hours, input, minute, OTHER_PURPOSE, policy } from './world.ts'

/** What is wrong with one exchange: changes of the input, the agreement and the label of the operation. */
interface Wrong {
  readonly reason: Refusal['reason']
  readonly input?: Partial<DecisionInput>
  readonly agreement?: Partial<Agreement>
  readonly label?: 'public' | 'restricted'
}

const never = hours({ days: [] })

/** Every refusal, in the order of the checks: the contract (AZ-1). Each wins over all below it. */
const ORDER: readonly Wrong[] = [
  { reason: 'no-agreement', agreement: { consumer: must(parseSystemId('G99.22/logistics')) } },
  { reason: 'state-secret', input: { declared: 'state-secret' } },
  { reason: 'no-purpose', input: { purpose: null } },
  { reason: 'purpose-not-granted', agreement: { purposes: [OTHER_PURPOSE] } },
  { reason: 'agreement-not-yet-valid', agreement: { from: minute('2026-06-01T00:01') } },
  { reason: 'agreement-expired', agreement: { until: minute('2026-06-01T00:00') } },
  { reason: 'agreement-suspended', agreement: { suspended: true } },
  { reason: 'outside-hours', agreement: { hours: never } },
  { reason: 'classification-lowered', input: { declared: 'public' } },
  { reason: 'too-sensitive', label: 'restricted' },
]

function decideWith(...wrongs: readonly Wrong[]) {
  const changed = Object.assign({}, ...wrongs.map(wrong => wrong.agreement ?? {})) as Partial<Agreement>
  const asked = Object.assign({}, ...wrongs.map(wrong => wrong.input ?? {})) as Partial<DecisionInput>
  const label = wrongs.find(wrong => wrong.label)?.label ?? 'internal'
  return decide(input(asked), policy(label, [agreement(changed)]))
}

const reasonOf = (decision: ReturnType<typeof decide>) =>
  decision.kind === 'permit' ? 'permit' : decision.refusal.reason

describe('decide', () => {
  it('permits what nothing is wrong with, and says by which agreement', () => {
    expect(decideWith()).toEqual({
      kind: 'permit',
      agreement: agreement(),
      grant: agreement().operations[0],
      classification: 'internal',
      revision: 0,
    })
  })

  it.each(ORDER.map(wrong => [wrong.reason, wrong] as const))('refuses %s', (reason, wrong) => {
    expect(reasonOf(decideWith(wrong))).toBe(reason)
  })

  const pairs = ORDER.flatMap((first, i) => ORDER.slice(i + 1).map(later => [first, later] as const))
  it.each(
    pairs
      // Not valid yet and expired at once is no window.
      .filter(([a, b]) => !(a.reason === 'agreement-not-yet-valid' && b.reason === 'agreement-expired'))
      .map(([a, b]) => [a.reason, b.reason, a, b] as const),
  )('refuses %s before %s', (reason, _, first, later) => {
    expect(reasonOf(decideWith(later, first))).toBe(reason)
  })

  it('knows every reason of the policy', () => {
    expect(ORDER.map(({ reason }) => reason).sort()).toEqual(Object.keys(problemOf).sort())
    for (const code of Object.values(problemOf)) expect(catalogue).toHaveProperty([code])
  })

  it('names the nearest agreement where one was looked at, and none before', () => {
    for (const wrong of ORDER) {
      const decision = decideWith(wrong)
      const early = ['no-agreement', 'state-secret', 'no-purpose', 'purpose-not-granted'].includes(wrong.reason)
      expect(decision.kind === 'refuse' && decision.agreement !== null).toBe(!early)
    }
  })

  it('answers an operation that does not exist like one without agreement', () => {
    const unknown = input({
      operation: must(parseOperationName('deleteProvinces')),
      purpose: null,
      declared: 'state-secret',
    })
    const decision = decide(unknown, policy('internal', [agreement()]))
    expect(decision).toEqual({ kind: 'refuse', refusal: { reason: 'no-agreement' }, agreement: null, revision: 0 })
    expect(reasonOf(decide(input(), policy(null, [agreement()])))).toBe('no-agreement')
  })

  it.each([
    // label, declared, ceiling, outcome: the higher of label and header counts
    ['public', null, 'public', 'public'],
    ['public', 'public', 'public', 'public'],
    ['public', 'restricted', 'restricted', 'restricted'],
    ['public', 'internal', 'public', 'too-sensitive'],
    ['internal', 'public', 'restricted', 'classification-lowered'],
    ['restricted', 'internal', 'restricted', 'classification-lowered'],
    ['restricted', null, 'internal', 'too-sensitive'],
    ['internal', 'internal', 'restricted', 'internal'],
  ] as const)('label %s, declared %s, ceiling %s: %s', (label, declared, ceiling, outcome) => {
    const decision = decide(input({ declared }), policy(label, [agreement({ ceiling })]))
    expect(decision.kind === 'permit' ? decision.classification : decision.refusal.reason).toBe(outcome)
  })

  it.each([
    // Half-open: the first minute counts, the last does not.
    ['2025-12-31T23:59', 'agreement-not-yet-valid'],
    ['2026-01-01T00:00', 'permit'],
    ['2026-12-31T23:59', 'permit'],
    ['2027-01-01T00:00', 'agreement-expired'],
  ])('at %s: %s', (at, outcome) => {
    expect(reasonOf(decide(input({ minute: minute(at) }), policy('internal', [agreement()])))).toBe(outcome)
  })
})

describe('the nearest agreement', () => {
  const named = (id: string, from: string, until: string) =>
    agreement({ id: must(parseAgreementId(id)), from: minute(from), until: minute(until) })
  const first = named('first', '2026-01-01T00:00', '2026-02-01T00:00')
  const second = named('second', '2026-03-01T00:00', '2026-04-01T00:00')
  const third = named('third', '2026-05-01T00:00', '2026-06-01T00:00')

  it.each([
    // Before all: the one that begins first.
    ['2025-06-01T00:00', 'first', 'agreement-not-yet-valid'],
    ['2026-01-15T00:00', 'first', 'permit'],
    // In a gap: the one that ended last, not the one to come.
    ['2026-02-15T00:00', 'first', 'agreement-expired'],
    ['2026-03-15T00:00', 'second', 'permit'],
    ['2026-04-15T00:00', 'second', 'agreement-expired'],
    ['2026-07-01T00:00', 'third', 'agreement-expired'],
  ])('at %s is %s (%s)', (at, id, outcome) => {
    for (const order of [
      [first, second, third],
      [third, second, first],
      [second, third, first],
    ]) {
      const decision = decide(input({ minute: minute(at) }), policy('internal', order))
      expect([decision.agreement?.id, reasonOf(decision)]).toEqual([id, outcome])
    }
  })
})
