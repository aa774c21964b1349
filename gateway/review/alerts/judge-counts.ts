import type { AlertRule } from '../../configuration/objects.ts'
import type { Condition } from './condition.ts'
import type { Counted } from './count-windows.ts'

const WHAT = {
  refusals: 'refusals',
  answers: 'answers',
  bytes: 'bytes of answers',
  'tls-failures': 'failed connections',
} as const satisfies Record<AlertRule['event'], string>

/** Which rules are met by what all processes together have counted. */
export function judgeCounts(rules: readonly AlertRule[], counted: readonly Counted[]): readonly Condition[] {
  const sums = new Map<string, Map<string, number>>()
  for (const { rule, subject, amount } of counted) {
    const ofRule = sums.get(rule) ?? new Map<string, number>()
    sums.set(rule, ofRule.set(subject, (ofRule.get(subject) ?? 0) + amount))
  }
  return rules.flatMap(({ id, event, service, count, withinMillis }) =>
    [...(sums.get(id) ?? [])]
      .filter(([, amount]) => amount >= count)
      .map(([subject]) => ({
        rule: id,
        subject,
        // The limit, not the count of the moment: a text that stays the same is one alert.
        detail: `at least ${count} ${WHAT[event]}${service === null ? '' : ` with ${service}`} within ${withinMillis / 1000} s`,
      })),
  )
}
