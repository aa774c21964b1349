import { describe, expect, it } from '@jest/globals'
import type { Minute } from '../../../gateway/domain/instant.ts'
import { treeOf } from '../../../gateway/policy/guardrails/check-policies.ts'
import { bandBetween, clockCuts } from '../../../gateway/policy/guardrails/clock-bands.ts'
import { makeGuardrailSet } from '../../../gateway/policy/guardrails/guardrail-set.ts'
import { guardrail, MONDAY, PLACE, seen } from './guardrails-world.ts'

const cutsOf = (...conditions: string[]) => clockCuts(conditions.map(each => treeOf(guardrail('a', each).policy)))

describe('what guardrails read of the time of day', () => {
  it.each<[string, readonly number[]]>([
    ['context.minuteOfDay < 420 || context.minuteOfDay >= 1080', [420, 421, 1080, 1081]],
    ['720 == context.minuteOfDay', [720, 721]],
    ['context.classification == Classification::"public"', []],
  ])('%s: changes at %j', (condition, cuts) => {
    expect(cutsOf(condition)).toEqual(cuts)
  })

  // Something else than a comparison with a number: any minute may be another.
  it.each([
    'context.minuteOfDay + 1 > 1080',
    'context.minuteOfDay * 2 > 5 && context.minuteOfDay < 420',
    '[1, 2].contains(context.minuteOfDay)',
    'context.minuteOfDay == context.minuteOfDay',
    'context.minuteOfDay > (if context.workingHours then 1 else 2)',
  ])('%s: nothing is known', condition => {
    expect(cutsOf(condition)).toBeNull()
  })

  it('one that counts with it makes all of them unknown', () => {
    expect(cutsOf('context.minuteOfDay < 420', 'context.minuteOfDay - 1 == 5')).toBeNull()
  })

  it.each([
    ['context.minuteOfDay < 3 || context.minuteOfDay == 7 || 11 <= context.minuteOfDay', 5],
    ['!(context.minuteOfDay > 4) && context.minuteOfDay != 2', 5],
    ['context.minuteOfDay + 0 == 9', 30],
  ])('%s: two minutes of one band are the same to it', (condition, most) => {
    const set = makeGuardrailSet([guardrail('a', condition)], PLACE)
    // From midnight in Ho Chi Minh City on.
    const minutes = Array.from({ length: 30 }, (_, n) => (MONDAY - 600 + n) as Minute)
    const verdicts = new Map<string, Set<unknown>>()
    for (const minute of minutes) {
      const band = set.bandOf(minute)
      verdicts.set(band, (verdicts.get(band) ?? new Set()).add(set.judge(seen({ minute }))))
    }
    expect([...verdicts.values()].filter(({ size }) => size > 1)).toEqual([])
    expect(verdicts.size).toBeLessThanOrEqual(most + 2)
    // Somewhere it changes.
    expect(new Set([...verdicts.values()].flatMap(set => [...set])).size).toBe(2)
  })

  it('a band begins at its cut', () => {
    expect([0, 419, 420, 421, 1439].map(minute => bandBetween([420, 421], minute))).toEqual([0, 0, 1, 2, 2])
  })
})
