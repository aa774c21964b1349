import type { Agreement, OperationGrant } from '../configuration/objects.ts'
import type { Classification } from '../domain/classification.ts'
import type { GuardrailId } from '../domain/guardrail-id.ts'
import type { Minute } from '../domain/instant.ts'
import type { Purpose } from '../domain/purpose.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { ProblemCode } from '../problems/catalogue.ts'

/** Everything a decision depends on beside the snapshot. Recorded whole, so that any decision can be replayed. */
export interface DecisionInput {
  readonly consumer: SystemId
  readonly service: ServiceId
  readonly operation: OperationName
  /** null: the request named none. */
  readonly purpose: Purpose | null
  /** The label that the request declares by `Data-Classification`; null: none. State-secret labels come here too, to be refused. */
  readonly declared: Classification | 'state-secret' | null
  /** The calendar band of the time: validity and hours are whole minutes, so that nothing is lost by it. */
  readonly minute: Minute
}

/** What guardrails are asked about: the same input and nothing else, with the effective classification. */
export interface GuardrailFacts {
  readonly consumer: SystemId
  readonly service: ServiceId
  readonly operation: OperationName
  readonly purpose: Purpose
  readonly classification: Classification
  readonly minute: Minute
}

/** Every way the policy says no. A new member does not compile until it has a problem code. */
export type Refusal =
  | { readonly reason: 'no-agreement' }
  | { readonly reason: 'no-purpose' }
  | { readonly reason: 'purpose-not-granted' }
  | { readonly reason: 'agreement-suspended' }
  | { readonly reason: 'service-suspended' }
  /** Agreed on for emergencies, and none was declared. */
  | { readonly reason: 'agreement-dormant' }
  | { readonly reason: 'security-confirmation-expired' }
  | { readonly reason: 'agreement-not-yet-valid' }
  | { readonly reason: 'agreement-expired' }
  | { readonly reason: 'outside-hours' }
  | { readonly reason: 'state-secret' }
  | { readonly reason: 'classification-lowered' }
  | { readonly reason: 'too-sensitive'; readonly ceiling: Classification }
  | { readonly reason: 'guardrail'; readonly guardrail: GuardrailId }
  /** A guardrail could not be evaluated: nobody knows what it would have said. */
  | { readonly reason: 'guardrail-error' }
  /** `until`: when the planned interruption ends. */
  | { readonly reason: 'service-maintenance'; readonly until: Minute }

export type Decision =
  | {
      readonly kind: 'permit'
      readonly agreement: Agreement
      readonly grant: OperationGrant
      /** The higher of the operation's label and the declared one. */
      readonly classification: Classification
      readonly revision: RevisionNumber
    }
  | {
      readonly kind: 'refuse'
      readonly refusal: Refusal
      /** The agreement that came nearest, for the record; null where none did. */
      readonly agreement: Agreement | null
      readonly revision: RevisionNumber
    }

/** Unknown operations and missing agreements answer alike, so that a prober cannot map services. */
export const problemOf = {
  'no-agreement': 'not-permitted',
  'no-purpose': 'purpose-missing',
  'purpose-not-granted': 'purpose-not-granted',
  'agreement-suspended': 'agreement-suspended',
  'service-suspended': 'service-suspended',
  'agreement-dormant': 'agreement-dormant',
  'security-confirmation-expired': 'security-confirmation-expired',
  'agreement-not-yet-valid': 'agreement-not-yet-valid',
  'agreement-expired': 'agreement-expired',
  'outside-hours': 'outside-hours',
  'state-secret': 'state-secret',
  'classification-lowered': 'classification-lowered',
  'too-sensitive': 'classification-too-high',
  guardrail: 'guardrail-forbids',
  'guardrail-error': 'guardrail-forbids',
  'service-maintenance': 'service-maintenance',
} as const satisfies Record<Refusal['reason'], ProblemCode>
