import type { Agreement, OperationGrant, Service, Window } from '../configuration/objects.ts'
import { type Classification, higherOf, isAtMost } from '../domain/classification.ts'
import type { GuardrailId } from '../domain/guardrail-id.ts'
import type { Minute } from '../domain/instant.ts'
import type { Purpose } from '../domain/purpose.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import { coversMinute } from './check-hours.ts'
import type { Decision, DecisionInput, GuardrailFacts, Refusal } from './decision.ts'

/** What many agreements have in common: one object for all of them, which stays in the processor's cache. */
export interface Terms extends Pick<Agreement, 'suspended' | 'ceiling' | 'hours'> {
  /** Of a dormant agreement, when it is awake; null: it is always awake. */
  readonly awake: Window | null
  readonly service: Pick<Service, 'suspended' | 'maintenance'>
}

/** One agreement as it speaks of one operation: with its days beside it, so that a decision reads one place of memory. */
export interface Granted extends Pick<Agreement, 'from' | 'until' | 'securityConfirmedUntil'> {
  readonly terms: Terms
  readonly agreement: Agreement
  readonly grant: OperationGrant
  /** Another one for the same consumer, operation and purpose; at most one of them is in force at a time. */
  readonly next: Granted | null
}

/** What a decision needs of a snapshot; `snapshot` provides it. Every look-up takes constant time, however many agreements there are. */
export interface Policy {
  readonly revision: RevisionNumber
  /** The label of an operation; null: no such operation. */
  labelOf(service: ServiceId, operation: OperationName): Classification | null
  /** Whether there is any agreement for this consumer and operation, whatever its purposes and validity. */
  isAgreed(consumer: SystemId, service: ServiceId, operation: OperationName): boolean
  /** All agreements of any validity; null: none. */
  agreementsFor(consumer: SystemId, service: ServiceId, operation: OperationName, purpose: Purpose): Granted | null
  /** The guardrail that forbids an exchange which its agreement permits; `error`: one could not be evaluated; null: none does. */
  forbiddenBy(facts: GuardrailFacts): GuardrailId | 'error' | null
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

  const { consumer, service, operation, purpose, minute, declared } = input
  const label = policy.labelOf(service, operation)
  if (label === null) return refuse({ reason: 'no-agreement' })
  const candidates = purpose === null ? null : policy.agreementsFor(consumer, service, operation, purpose)
  if (candidates === null && !policy.isAgreed(consumer, service, operation)) return refuse({ reason: 'no-agreement' })
  if (declared === 'state-secret') return refuse({ reason: 'state-secret' })
  if (purpose === null) return refuse({ reason: 'no-purpose' })
  if (candidates === null) return refuse({ reason: 'purpose-not-granted' })

  const { agreement, grant, from, until, securityConfirmedUntil, terms } = nearest(candidates, minute)
  const { suspended, hours, ceiling, awake } = terms
  if (minute < from) return refuse({ reason: 'agreement-not-yet-valid' }, agreement)
  if (minute >= until) return refuse({ reason: 'agreement-expired' }, agreement)
  if (suspended) return refuse({ reason: 'agreement-suspended' }, agreement)
  if (terms.service.suspended) return refuse({ reason: 'service-suspended' }, agreement)
  if (awake && !covers(awake, minute)) return refuse({ reason: 'agreement-dormant' }, agreement)
  if (minute >= securityConfirmedUntil) return refuse({ reason: 'security-confirmation-expired' }, agreement)
  if (hours && !coversMinute(hours, minute)) return refuse({ reason: 'outside-hours' }, agreement)
  if (declared && !isAtMost(label, declared)) return refuse({ reason: 'classification-lowered' }, agreement)
  const classification = declared ? higherOf(label, declared) : label
  if (!isAtMost(classification, ceiling)) return refuse({ reason: 'too-sensitive', ceiling }, agreement)

  const forbidding = policy.forbiddenBy({ consumer, service, operation, purpose, classification, minute })
  if (forbidding === 'error') return refuse({ reason: 'guardrail-error' }, agreement)
  if (forbidding !== null) return refuse({ reason: 'guardrail', guardrail: forbidding }, agreement)

  // Last: only who would be permitted otherwise is told to come again.
  const interrupted = interruptionAt(terms.service.maintenance, minute)
  if (interrupted) return refuse({ reason: 'service-maintenance', until: interrupted.until }, agreement)

  return { kind: 'permit', agreement, grant, classification, revision: policy.revision }
}

export const covers = ({ from, until }: Window, minute: Minute): boolean => minute >= from && minute < until

/** The planned interruption that a minute lies in, of several the one that ends last; null: none. */
export function interruptionAt<W extends Window>(maintenance: readonly W[], minute: Minute): W | null {
  let last: W | null = null
  for (const window of maintenance)
    if (covers(window, minute) && (last === null || window.until > last.until)) last = window
  return last
}

/** When a dormant agreement that sleeps is awake. */
const NEVER: Window = { from: 0 as Minute, until: 0 as Minute }

/** When an agreement is awake; null: always, it is not a dormant one. */
export const wakingHours = ({ dormant, activation }: Pick<Agreement, 'dormant' | 'activation'>): Window | null =>
  dormant ? (activation ?? NEVER) : null

/** The one in force (the configuration refuses overlaps), else the one that ended last, else the one that begins first. */
export function nearest(first: Granted, minute: Minute): Granted {
  let best = first
  for (let other = first.next; other !== null; other = other.next) if (isNearer(other, best, minute)) best = other
  return best
}

function isNearer(a: Granted, b: Granted, minute: Minute): boolean {
  const [placeA, placeB] = [placeOf(a, minute), placeOf(b, minute)]
  if (placeA !== placeB) return placeA < placeB
  return placeA === PAST ? a.until > b.until : a.from < b.from
}

const IN_FORCE = 0
const PAST = 1
const FUTURE = 2

const placeOf = ({ from, until }: Granted, minute: Minute): number =>
  minute >= until ? PAST : minute < from ? FUTURE : IN_FORCE
