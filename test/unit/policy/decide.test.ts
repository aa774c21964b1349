import { describe, expect, it } from '@jest/globals'
import type { Agreement } from '../../../gateway/configuration/objects.ts'
import { parseGuardrailId } from '../../../gateway/domain/guardrail-id.ts'
import { parseAgreementId } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseOperationName } from '../../../gateway/domain/service-id.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import { decide, type Policy, type Terms } from '../../../gateway/policy/decide.ts'
import { type DecisionInput, problemOf, type Refusal } from '../../../gateway/policy/decision.ts'
import { catalogue } from '../../../gateway/problems/catalogue.ts'
import { agreement, hours, input, minute, OTHER_PURPOSE, policy } from './world.ts'

/** What is wrong with one exchange: changes of the input, the agreement and the label of the operation. */
interface Wrong {
  readonly reason: Refusal['reason']
  readonly input?: Partial<DecisionInput>
  readonly agreement?: Partial<Agreement>
  readonly label?: 'public' | 'restricted'
  readonly verdict?: ReturnType<Policy['forbiddenBy']>
  readonly service?: Partial<Terms['service']>
}

const never = hours({ days: [] })
/** The minute of `input()` is the last one of this. */
const interruption = { from: minute('2026-05-31T22:00'), until: minute('2026-06-01T00:01'), note: { en: 'a', vi: 'a' } }

/** Every refusal, in the order of the checks: the contract (AZ-1). Each wins over all below it. */
const ORDER: readonly Wrong[] = [
  { reason: 'no-agreement', agreement: { consumer: must(parseSystemId('G99.22/logistics')) } },
  { reason: 'state-secret', input: { declared: 'state-secret' } },
  { reason: 'no-purpose', input: { purpose: null } },
  { reason: 'purpose-not-granted', agreement: { purposes: [OTHER_PURPOSE] } },
  { reason: 'agreement-not-yet-valid', agreement: { from: minute('2026-06-01T00:01') } },
  { reason: 'agreement-expired', agreement: { until: minute('2026-06-01T00:00') } },
  { reason: 'agreement-suspended', agreement: { suspended: true } },
  { reason: 'service-suspended', service: { suspended: true } },
  { reason: 'agreement-dormant', agreement: { dormant: true } },
  { reason: 'security-confirmation-expired', agreement: { securityConfirmedUntil: minute('2026-06-01T00:00') } },
  { reason: 'outside-hours', agreement: { hours: never } },
  { reason: 'classification-lowered', input: { declared: 'public' } },
  { reason: 'too-sensitive', label: 'restricted' },
  { reason: 'guardrail', verdict: must(parseGuardrailId('no-exchange')) },
  { reason: 'guardrail-error', verdict: 'error' },
  { reason: 'service-maintenance', service: { maintenance: [interruption] } },
]

function decideWith(...wrongs: readonly Wrong[]) {
  const changed = Object.assign({}, ...wrongs.map(wrong => wrong.agreement ?? {})) as Partial<Agreement>
  const asked = Object.assign({}, ...wrongs.map(wrong => wrong.input ?? {})) as Partial<DecisionInput>
  const label = wrongs.find(wrong => wrong.label)?.label ?? 'internal'
  const verdict = wrongs.findLast(wrong => wrong.verdict)?.verdict ?? null
  const state = Object.assign(
    { suspended: false, maintenance: [] },
    ...wrongs.map(wrong => wrong.service ?? {}),
  ) as Terms['service']
  return decide(
    input(asked),
    policy(label, [agreement(changed)], () => verdict, state),
  )
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

  it.each([
    // minute of the call, what it says: an activation is half-open, too
    ['2026-05-31T23:59', 'agreement-dormant'],
    ['2026-06-01T00:00', 'permit'],
    ['2026-06-01T00:59', 'permit'],
    ['2026-06-01T01:00', 'agreement-dormant'],
  ])('a dormant agreement that is activated from 00:00 until 01:00, at %s: %s', (at, outcome) => {
    const activation = { from: minute('2026-06-01T00:00'), until: minute('2026-06-01T01:00'), reason: 'a flood' }
    expect(
      reasonOf(decide(input({ minute: minute(at) }), policy('internal', [agreement({ dormant: true, activation })]))),
    ).toBe(outcome)
  })

  it.each([
    ['2026-06-01T00:59', 'permit', null],
    // In two at once: the caller is told of the later end.
    ['2026-06-01T01:00', 'service-maintenance', '2026-06-01T03:00'],
    ['2026-06-01T02:59', 'service-maintenance', '2026-06-01T03:00'],
    ['2026-06-01T03:00', 'permit', null],
  ])('a service that is maintained from 01:00 until 02:00 and 03:00, at %s: %s', (at, outcome, until) => {
    const maintenance = ['02', '03', '02'].map(hour => ({
      from: minute('2026-06-01T01:00'),
      until: minute(`2026-06-01T${hour}:00`),
      note: { en: 'a', vi: 'a' },
    }))
    const state = { suspended: false, maintenance }
    const decision = decide(
      input({ minute: minute(at) }),
      policy('internal', [agreement()], () => null, state),
    )
    expect(reasonOf(decision)).toBe(outcome)
    if (until !== null) expect(decision).toMatchObject({ refusal: { until: minute(until) } })
  })

  it('asks guardrails about the effective classification, and names the one that forbids', () => {
    const asked: unknown[] = []
    const rule = must(parseGuardrailId('no-exchange'))
    const decision = decide(
      input({ declared: 'restricted' }),
      policy('internal', [agreement({ ceiling: 'restricted' })], facts => {
        asked.push(facts)
        return rule
      }),
    )
    expect(decision).toMatchObject({ kind: 'refuse', refusal: { reason: 'guardrail', guardrail: 'no-exchange' } })
    const { declared: _declared, ...rest } = input()
    expect(asked).toEqual([{ ...rest, classification: 'restricted' }])
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
