import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Guardrail, GuardrailInput } from '../../gateway/configuration/objects.ts'
import type { Minute } from '../../gateway/domain/instant.ts'
import { parsePurpose } from '../../gateway/domain/purpose.ts'
import { must } from '../../gateway/domain/result.ts'
import { parseSystemId } from '../../gateway/domain/system-id.ts'
import { checkPolicies } from '../../gateway/policy/guardrails/check-policies.ts'
import { makeGuardrailSet } from '../../gateway/policy/guardrails/guardrail-set.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { guardrail, PLACE, seen } from '../unit/policy/guardrails-world.ts'
import { agreement, input, policy } from '../unit/policy/world.ts'

const WEEK = 7 * 1440

/** What a condition says, and what a naive reading of it says; null: its evaluation errs. */
interface Condition {
  readonly cedar: string
  readonly holds: (input: GuardrailInput) => boolean | null
}

const condition = (cedar: string, holds: Condition['holds']): Condition => ({ cedar, holds })

/** A Sunday, in Ho Chi Minh City, which is seven hours ahead all year. */
const SUNDAY = Date.parse('2026-05-31T00:00:00+07:00') / 60_000
const localMinute = ({ minute }: GuardrailInput): number => (minute - SUNDAY) % WEEK

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .constantFrom('external', 'archive')
    .map(name =>
      condition(`principal.unit.attributes.contains("${name}")`, ({ consumer }) => consumer.attributes.includes(name)),
    ),
  fc
    .constantFrom('external', 'archive')
    .map(name =>
      condition(`resource.provider.unit.attributes.contains("${name}")`, ({ provider }) =>
        provider.attributes.includes(name),
      ),
    ),
  fc
    .constantFrom('G99.21', 'G99', 'G99.22', 'G9')
    .map(unit =>
      condition(`principal in Unit::"${unit}"`, ({ consumer }) =>
        `${consumer.system.split('/')[0] ?? ''}.`.startsWith(`${unit}.`),
      ),
    ),
  fc
    .constantFrom('public', 'internal', 'restricted')
    .map(label =>
      condition(`context.classification == Classification::"${label}"`, each => each.classification === label),
    ),
  fc
    .constantFrom('reference-data', 'supply')
    .map(name => condition(`context.purpose == Purpose::"${name}"`, each => each.purpose === name)),
  fc
    .integer({ min: 1, max: 1439 })
    .map(at => condition(`context.minuteOfDay < ${at}`, each => localMinute(each) % 1440 < at)),
  fc
    .constantFrom('sun', 'mon', 'sat')
    .map(day =>
      condition(
        `context.weekday == Weekday::"${day}"`,
        each => ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][Math.floor(localMinute(each) / 1440)] === day,
      ),
    ),
  fc.constant(
    condition('context.workingHours', each => {
      const [day, at] = [Math.floor(localMinute(each) / 1440), localMinute(each) % 1440]
      return day >= 1 && day <= 5 && at >= 420 && at < 1080
    }),
  ),
)

/** Sound to the strict check, and errs where it is evaluated: more than 64 bits hold, or an entity that is not there. */
const err = fc
  .constantFrom('9223372036854775807 + context.minuteOfDay + 1 > 0', 'Unit::"G99.99".attributes.contains("external")')
  .map(cedar => condition(cedar, () => null))

/** As in Cedar: left to right, and no further than needed. */
const both = (a: Condition, b: Condition): Condition =>
  condition(`(${a.cedar}) && (${b.cedar})`, each => a.holds(each) && b.holds(each))
const either = (a: Condition, b: Condition): Condition =>
  condition(`(${a.cedar}) || (${b.cedar})`, each => {
    const first = a.holds(each)
    return first === null || first ? first : b.holds(each)
  })
const negated = (a: Condition): Condition =>
  condition(`!(${a.cedar})`, each => {
    const first = a.holds(each)
    return first === null ? null : !first
  })

const conditions = (part: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> =>
  fc.oneof(
    part,
    fc.tuple(part, part).map(([a, b]) => both(a, b)),
    fc.tuple(part, part).map(([a, b]) => either(a, b)),
    part.map(negated),
  )

interface Rule {
  readonly guardrail: Guardrail
  readonly condition: Condition
}

const rules = fc.array(conditions(fc.oneof({ weight: 8, arbitrary: leaf }, err)), { maxLength: 4 }).map(list =>
  list
    .map((each, n): Rule => ({ guardrail: guardrail(`rule-${n}`, each.cedar), condition: each }))
    // A condition like `a && !a` is refused when it is proposed.
    .filter(({ guardrail: made }) => checkPolicies([made]).length === 0),
)

const attributes = fc.subarray(['external', 'archive'])
const inputs = fc
  .record({
    consumer: fc.record({
      system: fc.constantFrom('G99.21/records', 'G99.22/logistics').map(id => must(parseSystemId(id))),
      attributes,
    }),
    provider: fc.record({ system: fc.constant(must(parseSystemId('G99.10/data-centre'))), attributes }),
    purpose: fc.constantFrom('reference-data', 'supply').map(code => must(parsePurpose(code))),
    classification: fc.constantFrom('public' as const, 'internal' as const, 'restricted' as const),
    minute: fc.integer({ min: 0, max: 2 * WEEK }).map(value => (SUNDAY + value) as Minute),
  })
  .map(changes => seen(changes))

const judge = (list: readonly Rule[], asked: GuardrailInput) =>
  makeGuardrailSet(
    list.map(rule => rule.guardrail),
    PLACE,
  ).judge(asked)

describe('guardrails', () => {
  it('forbid what a naive reading forbids; an evaluation that errs is never a permission', () => {
    const met = { forbidden: 0, error: 0, passed: 0 }
    fc.assert(
      fc.property(rules, inputs, (list, asked) => {
        const verdicts = list.map(({ guardrail: { id }, condition: { holds } }) => ({ id, verdict: holds(asked) }))
        const forbidding = verdicts.find(({ verdict }) => verdict === true)
        const errs = verdicts.some(({ verdict }) => verdict === null)
        const expected = forbidding ? forbidding.id : errs ? 'error' : null
        met[forbidding ? 'forbidden' : errs ? 'error' : 'passed']++
        expect(judge(list, asked)).toBe(expected)
      }),
      { numRuns: 400 },
    )
    // Worlds in which one of them never happens would prove nothing.
    for (const count of Object.values(met)) expect(count).toBeGreaterThan(25)
  })

  it('one more never permits more', () => {
    fc.assert(
      fc.property(rules, inputs, (list, asked) => {
        const permits = (some: readonly Rule[]): boolean => {
          const decision = decide(
            input(),
            policy('internal', [agreement()], () => judge(some, asked)),
          )
          return decision.kind === 'permit'
        }
        for (const [at] of list.entries()) if (permits(list)) expect(permits(list.toSpliced(at, 1))).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
