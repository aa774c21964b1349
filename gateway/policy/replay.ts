import type { GuardrailId } from '../domain/guardrail-id.ts'
import type { AgreementId } from '../domain/purpose.ts'
import { decide, type Policy } from './decide.ts'
import type { Decision, DecisionInput, Refusal } from './decision.ts'

/** What decide() said, without the objects behind it. */
export type Verdict =
  | { readonly kind: 'permit'; readonly agreement: AgreementId }
  | {
      readonly kind: 'refuse'
      readonly reason: Refusal['reason']
      /** The one that forbids it, where that is the reason. */
      readonly guardrail: GuardrailId | null
      readonly agreement: AgreementId | null
    }

/** What a record says of a decision. It is stored text: whether such a reason exists is told by the comparison. */
export interface RecordedVerdict {
  readonly kind: 'permit' | 'refuse'
  readonly reason: string
  readonly agreement: string | null
}

export interface Replayed {
  /** Under the revision that decided. */
  readonly then: Verdict
  /** Under the candidate. */
  readonly now: Verdict
  /** Whether `then` is what was recorded. If not, the log or the code has changed. */
  readonly reproduced: boolean
}

/** Decides once more: under the policy that decided, and under the candidate. Pure. */
export function replayDecision(
  input: DecisionInput,
  recorded: RecordedVerdict,
  decider: Policy,
  candidate: Policy,
): Replayed {
  const then = verdictOf(decide(input, decider))
  return { then, now: verdictOf(decide(input, candidate)), reproduced: isSame(then, recorded) }
}

/** The reason that records of a permitted exchange carry. */
const PERMITTED = 'agreement'

const isSame = (then: Verdict, recorded: RecordedVerdict): boolean =>
  then.kind === recorded.kind &&
  (then.kind === 'refuse' ? then.reason : PERMITTED) === recorded.reason &&
  then.agreement === recorded.agreement

function verdictOf(decision: Decision): Verdict {
  if (decision.kind === 'permit') return { kind: 'permit', agreement: decision.agreement.id }
  const { refusal, agreement } = decision
  const guardrail = refusal.reason === 'guardrail' ? refusal.guardrail : null
  return { kind: 'refuse', reason: refusal.reason, guardrail, agreement: agreement?.id ?? null }
}
