import type { Agreement, OperationGrant } from '../configuration/objects.ts'
import { type Classification, higherOf, isAtMost } from '../domain/classification.ts'
import type { Minute } from '../domain/instant.ts'
import type { Purpose } from '../domain/purpose.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import { coversMinute } from './check-hours.ts'
import type { Decision, DecisionInput, Refusal } from './decision.ts'

/** One agreement as it speaks of one operation. */
export interface Granted {
  readonly agreement: Agreement
  readonly grant: OperationGrant
}

/** What a decision needs of a snapshot; `snapshot` provides it. Every look-up takes constant time, however many agreements there are. */
export interface Policy {
  readonly revision: RevisionNumber
  /** The label of an operation; null: no such operation. */
  labelOf(service: ServiceId, operation: OperationName): Classification | null
  /** By purpose, all agreements of any validity for this consumer and operation; null: none at all. */
  agreementsFor(
    consumer: SystemId,
    service: ServiceId,
    operation: OperationName,
  ): ReadonlyMap<Purpose, readonly Granted[]> | null
}

/**
 * Decides one exchange against one snapshot. No clock, no I/O, no logging, so that an auditor can replay any past decision
 * from (input, revision).
 * The order of the checks is the contract: the absence of any agreement comes first, so that nobody learns by other refusals
 * which operations exist.
 */
export function decide(input: DecisionInput, policy: Policy): Decision {
  const refuse = (refusal: Refusal, agreement: Agreement | null = null): Decision => ({
    kind: 'refuse',
    refusal,
    agreement,
    revision: policy.revision,
  })

  const label = policy.labelOf(input.service, input.operation)
  const byPurpose = policy.agreementsFor(input.consumer, input.service, input.operation)
  if (label === null || byPurpose === null) return refuse({ reason: 'no-agreement' })
  if (input.declared === 'state-secret') return refuse({ reason: 'state-secret' })
  if (input.purpose === null) return refuse({ reason: 'no-purpose' })
  const candidates = byPurpose.get(input.purpose)
  if (candidates === undefined) return refuse({ reason: 'purpose-not-granted' })

  const { agreement, grant } = nearest(candidates, input.minute)
  if (input.minute < agreement.from) return refuse({ reason: 'agreement-not-yet-valid' }, agreement)
  if (input.minute >= agreement.until) return refuse({ reason: 'agreement-expired' }, agreement)
  if (agreement.suspended) return refuse({ reason: 'agreement-suspended' }, agreement)
  if (agreement.hours && !coversMinute(agreement.hours, input.minute))
    return refuse({ reason: 'outside-hours' }, agreement)
  if (input.declared && !isAtMost(label, input.declared)) return refuse({ reason: 'classification-lowered' }, agreement)
  const classification = input.declared ? higherOf(label, input.declared) : label
  if (!isAtMost(classification, agreement.ceiling))
    return refuse({ reason: 'too-sensitive', ceiling: agreement.ceiling }, agreement)

  return { kind: 'permit', agreement, grant, classification, revision: policy.revision }
}

/** The one in force (the configuration refuses overlaps), else the one that ended last, else the one that begins first. */
function nearest(candidates: readonly Granted[], minute: Minute): Granted {
  const [only] = candidates
  if (only === undefined) throw new TypeError('an index of agreements holds no empty lists')
  if (candidates.length === 1) return only
  const inForce = candidates.find(({ agreement }) => agreement.from <= minute && minute < agreement.until)
  if (inForce) return inForce
  const past = candidates.filter(({ agreement }) => agreement.until <= minute)
  if (past.length > 0) return past.reduce((a, b) => (a.agreement.until >= b.agreement.until ? a : b))
  return candidates.reduce((a, b) => (a.agreement.from <= b.agreement.from ? a : b))
}
