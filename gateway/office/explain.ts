import { parseCanonicalTarget } from '../domain/canonical-path.ts'
import { type Instant, minuteOf, parseInstant } from '../domain/instant.ts'
import { parsePurpose } from '../domain/purpose.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type OperationName, parseOperationName, parseServiceId, type ServiceId } from '../domain/service-id.ts'
import { parseSystemId } from '../domain/system-id.ts'
import { readLabel } from '../exchange/read-headers.ts'
import { type DecisionInput, problemOf } from '../policy/decision.ts'
import { explain } from '../policy/explain.ts'
import type { Occurrence } from '../problems/problem.ts'
import { compileCandidate } from '../snapshot/compile-candidate.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { findChange } from './changes.ts'
import { answer, type Call, type Handler, type Outcome, refuse } from './outcome.ts'
import { invalid } from './read-time.ts'
import { mayCall } from './rights.ts'
import { isOfOwnUnits, presentOf, seesAll } from './scope.ts'

/** The body as described: the operation by name, or by method and path as a caller would write them. */
interface Asked {
  readonly consumer: string
  readonly service?: string
  readonly operation?: string
  readonly method?: string
  readonly path?: string
  readonly purpose?: string | null
  readonly classification?: string | null
  readonly at?: string | null
  /** Under this change, as if it were the next revision. */
  readonly change?: string | null
}

/** Segments before the operation's own: exchange, unit, service, version. */
const PREFIX_SEGMENTS = 4

/**
 * Why an exchange would be permitted or refused: every check of decide(), in its order. It says no more than the objects of the
 * configuration do, which whoever may call it may read; under a change, to those alone who may read that change.
 */
export const explainDecision: Handler = async call => {
  const asked = call.body as unknown as Asked
  const policy = await policyOf(call, asked)
  if (!policy.ok) return policy.error
  const input = readInput(asked, policy.value.snapshot, call.now)
  if (!input.ok) return { kind: 'refused', occurrence: input.error }
  if (!concerns(call, input.value)) return refuse('not-found')
  const { decision, checks } = explain(input.value, policy.value.snapshot)
  const isPermitted = decision.kind === 'permit'
  return answer({
    revision: call.newest.number,
    change: policy.value.change,
    input: input.value,
    decision: decision.kind,
    reason: isPermitted ? null : decision.refusal.reason,
    problem: isPermitted ? null : problemOf[decision.refusal.reason],
    guardrail: !isPermitted && decision.refusal.reason === 'guardrail' ? decision.refusal.guardrail : null,
    agreement: decision.agreement?.id ?? null,
    classification: isPermitted ? decision.classification : null,
    fields: isPermitted ? { request: decision.grant.request, response: decision.grant.response } : null,
    checks,
  })
}

interface Tried {
  readonly snapshot: Snapshot
  readonly change: string | null
}

async function policyOf(call: Call, { change }: Asked): Promise<Result<Tried, Outcome>> {
  const { ports, newest, officer } = call
  if (change === undefined || change === null) return ok({ snapshot: ports.snapshotOf(newest), change: null })
  // Drafts are nobody's business but those who write, sign or review them.
  if (!mayCall(officer.roles, 'readChange')) return err(refuse('not-entitled'))
  const found = await findChange({ ...call, parameters: { change } })
  if (!found.ok) return found
  const compiled = compileCandidate(found.value.text.edits, newest)
  if (compiled.ok) return ok({ snapshot: compiled.value, change })
  const { error } = compiled
  if (error.reason === 'conflict') return err(refuse('change-conflict', `It does not fit revision ${newest.number}.`))
  const violations = error.errors
    .slice(0, MOST_VIOLATIONS)
    .map(({ pointer, reason }) => ({ pointer, keyword: 'configuration', message: reason }))
  return err({ kind: 'refused', occurrence: { code: 'change-invalid', violations } })
}

const MOST_VIOLATIONS = 100

/** Attacker-controlled, though an officer's. */
function readInput(asked: Asked, snapshot: Snapshot, now: Instant): Result<DecisionInput, Occurrence> {
  const consumer = parseSystemId(asked.consumer)
  if (!consumer.ok) return err(invalid('/consumer', consumer.error))
  const target = asked.path === undefined ? readNames(asked) : readPath(asked.method ?? 'GET', asked.path, snapshot)
  if (!target.ok) return target
  const purpose = optional(asked.purpose, parsePurpose)
  if (!purpose.ok) return err(invalid('/purpose', purpose.error))
  const declared = optional(asked.classification, readLabel)
  if (!declared.ok) return err(invalid('/classification', declared.error))
  const at = optional(asked.at, parseInstant)
  if (!at.ok) return err(invalid('/at', at.error))
  return ok({
    consumer: consumer.value,
    ...target.value,
    purpose: purpose.value,
    declared: declared.value,
    minute: minuteOf(at.value ?? now),
  })
}

interface Target {
  readonly service: ServiceId
  readonly operation: OperationName
}

function readNames({ service: id = '', operation: name = '' }: Asked): Result<Target, Occurrence> {
  const service = parseServiceId(id)
  if (!service.ok) return err(invalid('/service', service.error))
  const operation = parseOperationName(name)
  if (!operation.ok) return err(invalid('/operation', operation.error))
  return ok({ service: service.value, operation: operation.value })
}

/** As `route` reads it, but that an officer is told what is wrong with it. */
function readPath(method: string, path: string, snapshot: Snapshot): Result<Target, Occurrence> {
  const target = parseCanonicalTarget(path)
  if (!target.ok) return err(invalid('/path', target.error))
  const { segments } = target.value
  const [first, unit = '', name = '', version = ''] = segments
  const id = parseServiceId(`${unit}/${name}/${version}`)
  const routed = first === 'exchange' && id.ok ? snapshot.serviceOf(id.value) : null
  if (!routed) return err(invalid('/path', 'begins with /exchange/ and a service, /exchange/G99.10/categories/v1'))
  const match = routed.router.match(method, segments.slice(PREFIX_SEGMENTS))
  if (!match) return err(invalid('/path', `${routed.service.id} has no operation for ${method} and this path`))
  return ok({ service: routed.service.id, operation: match.operation.name })
}

/** A unit administrator asks about the own systems and the own services. */
function concerns({ officer, newest }: Call, { consumer, service }: DecisionInput): boolean {
  if (seesAll(officer)) return true
  const registered = presentOf(newest.document, 'service', service) ?? { id: service }
  return isOfOwnUnits(officer, 'system', { id: consumer }) || isOfOwnUnits(officer, 'service', registered)
}

function optional<T>(text: string | null | undefined, parse: (text: string) => Result<T>): Result<T | null> {
  return text === undefined || text === null ? ok(null) : parse(text)
}
