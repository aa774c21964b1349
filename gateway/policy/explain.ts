import type { Text } from '../configuration/objects.ts'
import { decide, nearest, type Policy } from './decide.ts'
import type { Decision, DecisionInput } from './decision.ts'
import { type CheckName, CHECKS, type Compared, type Subject } from './explain-checks.ts'

export interface ExplainedCheck {
  /** The reason with which decide() refuses where this check fails. */
  readonly check: CheckName
  /** What holds where it passes. */
  readonly claim: Text
  readonly outcome: 'passed' | 'failed' | 'not-reached'
  /** The values that it looked at; none where it was not reached. */
  readonly compared: readonly Compared[]
}

export interface Explanation {
  readonly decision: Decision
  /** All of them, in the order of decide(). */
  readonly checks: readonly ExplainedCheck[]
}

/**
 * Why decide() permits or refuses: every check in order, with what it compared. Pure, like decide(). The checks are worked out beside
 * decide(), which has to be fast and not talkative: that both agree is tested over random worlds, and looked at again here, because a
 * wrong explanation is worse than none. Throws where they do not.
 */
export function explain(input: DecisionInput, policy: Policy): Explanation {
  const decision = decide(input, policy)
  const subject = subjectOf(input, policy)
  let refused: CheckName | null = null
  const checks = (Object.keys(CHECKS) as CheckName[]).map((check): ExplainedCheck => {
    const { claim, holds, compared } = CHECKS[check]
    if (refused !== null) return { check, claim, outcome: 'not-reached', compared: [] }
    const passed = holds(subject)
    if (!passed) refused = check
    return { check, claim, outcome: passed ? 'passed' : 'failed', compared: compared(subject) }
  })
  const reason = decision.kind === 'refuse' ? decision.refusal.reason : null
  if (refused !== reason) throw new Error(`explain says ${refused}, decide ${reason}`)
  return { decision, checks }
}

function subjectOf(input: DecisionInput, policy: Policy): Subject {
  const { consumer, service, operation, purpose, minute } = input
  const label = policy.labelOf(service, operation)
  const candidates =
    label === null || purpose === null ? null : policy.agreementsFor(consumer, service, operation, purpose)
  return { input, policy, label, granted: candidates && nearest(candidates, minute) }
}
