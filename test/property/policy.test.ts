import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Agreement } from '../../gateway/configuration/objects.ts'
import { CLASSIFICATIONS } from '../../gateway/domain/classification.ts'
import type { Minute } from '../../gateway/domain/instant.ts'
import { parseAgreementId } from '../../gateway/domain/purpose.ts'
import { must } from '../../gateway/domain/result.ts'
import { parseOperationName } from '../../gateway/domain/service-id.ts'
import { parseSystemId } from '../../gateway/domain/system-id.ts'
import { decide, type Terms } from '../../gateway/policy/decide.ts'
import type { DecisionInput } from '../../gateway/policy/decision.ts'
import { agreement, CONSUMER, input, OPERATION, OTHER_PURPOSE, policy, PURPOSE } from '../unit/policy/world.ts'

const OTHER_CONSUMER = must(parseSystemId('G99.22/logistics'))
const OTHER_OPERATION = must(parseOperationName('getProvince'))
const label = fc.constantFrom(...CLASSIFICATIONS)
const minute = fc.integer({ min: 0, max: 3 * 1440 }).map(value => value as Minute)
const windowOf = ([from, length]: readonly [Minute, number]) => ({
  from,
  until: (from + length) as Minute,
  reason: 'a',
  note: { en: 'a', vi: 'a' },
})
const services = fc.record({
  suspended: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
  maintenance: fc.array(fc.tuple(minute, fc.integer({ min: 1, max: 300 })).map(windowOf), { maxLength: 3 }),
})
const operations = fc
  .subarray([OPERATION, OTHER_OPERATION], { minLength: 1 })
  .map(names => names.map(name => ({ name, request: null, response: null })))

const anyAgreement = fc
  .record({
    consumer: fc.constantFrom(CONSUMER, CONSUMER, CONSUMER, OTHER_CONSUMER),
    operations,
    purposes: fc.subarray([PURPOSE, OTHER_PURPOSE], { minLength: 1 }),
    ceiling: label,
    suspended: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    securityConfirmedUntil: fc.oneof({ weight: 3, arbitrary: fc.constant((3 * 1440) as Minute) }, minute),
    dormant: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    activation: fc.option(fc.tuple(minute, fc.integer({ min: 1, max: 1440 })).map(windowOf)),
    // Half of them wide, so that much is permitted.
    window: fc.oneof(
      fc.constant([0, 3 * 1440] as const),
      fc.tuple(minute, minute).filter(([a, b]) => a !== b),
    ),
    hours: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      fc
        .record({
          zone: fc.constant('UTC'),
          days: fc.subarray([0, 1, 2, 3, 4, 5, 6]),
          from: fc.integer({ min: 0, max: 1439 }),
          until: fc.integer({ min: 1, max: 1440 }),
        })
        .filter(({ from, until }) => from !== until),
    ),
  })
  .map(
    ({ window, ...rest }): Agreement =>
      agreement({ ...rest, from: Math.min(...window) as Minute, until: Math.max(...window) as Minute }),
  )

/** As the configuration sees to it: no two in force at once for the same consumer, operation and purpose. */
const agreements = fc
  .array(anyAgreement, { minLength: 1, maxLength: 4, size: 'max' })
  .map(list =>
    list
      .filter((a, i) => !list.slice(0, i).some(b => overlap(a, b)))
      .map((each, i) => ({ ...each, id: must(parseAgreementId(`agreement-${i}`)) })),
  )
const overlap = (a: Agreement, b: Agreement): boolean =>
  a.consumer === b.consumer &&
  a.operations.some(({ name }) => b.operations.some(other => other.name === name)) &&
  a.purposes.some(purpose => b.purposes.includes(purpose)) &&
  a.from < b.until &&
  b.from < a.until

const inputs = fc
  .record({
    purpose: fc.constantFrom(PURPOSE, PURPOSE, OTHER_PURPOSE, null),
    declared: fc.constantFrom(null, null, ...CLASSIFICATIONS, 'state-secret' as const),
    minute,
  })
  .map(changes => input(changes))

/** The policy read naively from DESIGN.md "An agreement": only who is permitted, by what, and how high. */
function permitted(asked: DecisionInput, operationLabel: string, all: readonly Agreement[], service: Terms['service']) {
  if (service.suspended) return null
  if (service.maintenance.some(({ from, until }) => from <= asked.minute && asked.minute < until)) return null
  const rank = (text: string): number => (CLASSIFICATIONS as readonly string[]).indexOf(text)
  if (asked.declared === 'state-secret') return null
  const effective =
    asked.declared !== null && rank(asked.declared) > rank(operationLabel) ? asked.declared : operationLabel
  if (asked.declared !== null && rank(asked.declared) < rank(operationLabel)) return null
  const found = all.filter(
    each =>
      each.consumer === asked.consumer &&
      each.operations.some(({ name }) => name === asked.operation) &&
      each.purposes.some(purpose => purpose === asked.purpose) &&
      !each.suspended &&
      each.from <= asked.minute &&
      asked.minute < each.until &&
      asked.minute < each.securityConfirmedUntil &&
      isAwake(each, asked.minute) &&
      openAt(each, asked.minute) &&
      rank(effective) <= rank(each.ceiling),
  )
  return found.length === 1 ? { agreement: found[0]?.id, classification: effective } : null
}

const isAwake = ({ dormant, activation }: Agreement, at: number): boolean =>
  !dormant || (activation !== null && activation.from <= at && at < activation.until)

/** Walks back minute by minute, up to a day, to an opening on one of the days. 1 January 1970 was a Thursday. */
function openAt({ hours }: Agreement, at: number): boolean {
  if (hours === null) return true
  const length = (hours.until - hours.from + 1440) % 1440 || 1440
  for (let ago = 0; ago < length; ago++) {
    const start = at - ago
    const ofDay = ((start % 1440) + 1440) % 1440
    if (ofDay === hours.from) return hours.days.includes((((4 + Math.floor(start / 1440)) % 7) + 7) % 7)
  }
  return false
}

describe('decide', () => {
  it('permits exactly what a naive reading of the agreements permits', () => {
    let permits = 0
    fc.assert(
      fc.property(agreements, label, inputs, services, (all, operationLabel, asked, service) => {
        const decision = decide(
          asked,
          policy(operationLabel, all, () => null, service),
        )
        const expected = permitted(asked, operationLabel, all, service)
        if (expected) permits++
        expect(
          decision.kind === 'permit'
            ? { agreement: decision.agreement.id, classification: decision.classification }
            : null,
        ).toEqual(expected)
      }),
      { numRuns: 8000 },
    )
    // Worlds in which nothing is ever permitted would prove nothing.
    expect(permits).toBeGreaterThan(150)
  })

  it('is a function of its input: the same answer again', () => {
    fc.assert(
      fc.property(agreements, label, inputs, (all, operationLabel, asked) => {
        const world = policy(operationLabel, all)
        expect(decide(asked, world)).toEqual(decide({ ...asked }, world))
      }),
      { numRuns: 500 },
    )
  })
})
