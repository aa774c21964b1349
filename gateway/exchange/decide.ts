import type { FieldGrant } from '../configuration/objects.ts'
import { type Instant, instantOfMinute, type Minute, minuteOf } from '../domain/instant.ts'
import { decide as decidePolicy } from '../policy/decide.ts'
import { type Decision, type DecisionInput, problemOf, type Refusal } from '../policy/decision.ts'
import type { ExchangeFacts, Verdict } from '../record/exchange-record.ts'
import { problemOf as identityProblemOf } from '../identity/identify.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { checkSignatureAgain } from './check-signature.ts'
import { checkToken } from './check-token.ts'
import { factsOf } from './facts.ts'
import { identityOf } from './identify.ts'
import { type Adds, type Permitted, type Received, refuse, type Refused, type Routed } from './known.ts'
import type { Ports } from './ports.ts'
import { type ExchangeHeaders, readHeaders } from './read-headers.ts'

/**
 * The policy's answer. A call without any agreement for the operation is answered 403 whatever else is wrong with it: only then
 * are headers looked at. Where they can be read, also that refusal's record holds the whole input, so that it can be replayed under
 * an agreement to come.
 */
export function decide(routed: Routed, ports: Ports): Adds<Routed, Permitted> | Refused {
  const { consumer, snapshot, operation } = routed
  const headers = readHeaders(routed.rawHeaders)
  if (headers.ok) return permit(routed, headers.value, snapshot, ports.clock.now())
  if (!snapshot.isAgreed(consumer.id, routed.routed.service.id, operation.name))
    return refuse({ code: 'not-permitted' }, { detail: 'no-agreement' })
  return refuse({ code: 'header-invalid', detail: `${headers.error}.` })
}

/** Identifies and decides once more, under a snapshot that is newer than the one of `permitted`. */
export function decideAgain<K extends Received>(permitted: K, snapshot: Snapshot, ports: Ports): K | Refused {
  const at = ports.clock.now()
  const identity = identityOf(permitted.connection, snapshot, ports.revocations, at)
  if (!identity.ok)
    return refuse({ code: identityProblemOf[identity.error] }, { detail: identity.error, revision: snapshot.revision })
  const routed = snapshot.serviceOf(permitted.routed.service.id)
  const operation = routed?.service.operations.find(({ name }) => name === permitted.operation.name)
  if (!routed || !operation)
    return refuse({ code: 'not-permitted' }, { detail: 'no-such-operation', revision: snapshot.revision })
  const sameDescription = routed.service.openapi === permitted.routed.service.openapi
  // The body was checked against the operation as it was; a changed description needs a fresh request.
  if (!sameDescription)
    return refuse({ code: 'policy-unavailable' }, { detail: 'service-changed', revision: snapshot.revision })
  const now = { ...permitted, consumer: identity.value, snapshot, routed, operation }
  const again = permit(now, permitted.headers, snapshot, at)
  if ('refused' in again) return again
  // The body was checked against the fields granted then: fewer may be granted now.
  if (!sameFields(permitted.permit.grant.request, again.permit.grant.request))
    return refuse({ code: 'policy-unavailable' }, { detail: 'agreement-changed', revision: snapshot.revision })
  // An agreement may ask for a token that asked for none; a token may have ended meanwhile, or its key been withdrawn.
  const decided = { ...now, ...again }
  const { verdict } = factsOf(decided)
  const token = checkToken(decided, ports)
  if ('refused' in token) return { ...token, also: { ...token.also, verdict } }
  const unsigned = checkSignatureAgain(decided, snapshot, at)
  if (unsigned) return { ...unsigned, also: { ...unsigned.also, verdict } }
  return { ...decided, ...token, revocationEpoch: ports.revocations.epoch }
}

const sameFields = (a: FieldGrant | null, b: FieldGrant | null): boolean => JSON.stringify(a) === JSON.stringify(b)

function permit(
  routed: Routed,
  headers: ExchangeHeaders,
  snapshot: Snapshot,
  at: Instant,
): Adds<Routed, Permitted> | Refused {
  const asked: DecisionInput = {
    consumer: routed.consumer.id,
    service: routed.routed.service.id,
    operation: routed.operation.name,
    purpose: headers.purpose,
    declared: headers.declared,
    minute: minuteOf(at),
  }
  const { input, decision } = headers.mode === 'check' ? tryOut(asked, snapshot) : decideOn(asked, snapshot)
  if (decision.kind === 'permit') return { headers, input, permit: decision, decidedAt: at }
  const named = decision.refusal.reason === 'guardrail' ? decision.refusal.guardrail : null
  return refuse(
    {
      code: problemOf[decision.refusal.reason],
      ...(named === null ? {} : { detail: `The guardrail ${named} forbids it.` }),
      ...retryAfter(decision.refusal, at),
    },
    { ...refusedFacts(input, decision, headers), ...(named === null ? {} : { detail: named }) },
  )
}

const decideOn = (input: DecisionInput, snapshot: Snapshot) => ({ input, decision: decidePolicy(input, snapshot) })

/**
 * A dry run forwards nothing, so that it may come before the agreement's first day: it is decided as of the same weekday and time in
 * the first week of its life, and the record says so in its input.
 */
function tryOut(input: DecisionInput, snapshot: Snapshot) {
  const present = decideOn(input, snapshot)
  const { decision } = present
  if (decision.kind === 'permit' || decision.refusal.reason !== 'agreement-not-yet-valid' || !decision.agreement)
    return present
  const weeks = Math.ceil((decision.agreement.from - input.minute) / MINUTES_A_WEEK)
  return decideOn({ ...input, minute: (input.minute + weeks * MINUTES_A_WEEK) as Minute }, snapshot)
}

const MINUTES_A_WEEK = 7 * 24 * 60

const retryAfter = (refusal: Refusal, at: Instant): { readonly retryAfter?: number } =>
  refusal.reason === 'service-maintenance'
    ? { retryAfter: Math.max(1, Math.ceil((instantOfMinute(refusal.until) - at) / MICROS_PER_SECOND)) }
    : {}

const MICROS_PER_SECOND = 1_000_000

/** A record of a refusal holds the whole input, so that it can be replayed. */
function refusedFacts(
  input: DecisionInput,
  decision: Extract<Decision, { kind: 'refuse' }>,
  headers: ExchangeHeaders,
): Partial<ExchangeFacts> {
  const { agreement } = decision
  const verdict: Verdict = {
    decision: 'refuse',
    reason: decision.refusal.reason,
    input,
    classification: null,
    agreement: agreement ? { id: agreement.id, version: agreement.version } : null,
    revision: decision.revision,
  }
  return { verdict, requestId: headers.requestId, mode: headers.mode }
}
