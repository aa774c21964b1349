import { type PolicySet, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { compare } from '../../configuration/locate.ts'
import type { Guardrail, GuardrailInput } from '../../configuration/objects.ts'
import type { GuardrailId } from '../../domain/guardrail-id.ts'
import type { Minute } from '../../domain/instant.ts'
import { bandOf, type CalendarPlace } from './calendar.ts'
import { CALENDAR } from './cedar-schema.ts'
import { checkBounds } from './check-bounds.ts'
import { treeOf } from './check-policies.ts'
import { classifier } from './class-of.ts'
import { bandBetween, clockCuts } from './clock-bands.ts'
import { requestOf } from './request.ts'
import { slotFor } from './slots.ts'

/** The guardrails of one revision, as one function of what they see. */
export interface GuardrailSet {
  /** The first (by id) of those that forbid it; `error`: one of them could not be evaluated. Throws nothing. */
  judge(input: GuardrailInput): GuardrailId | 'error' | null
  /** Two minutes of one text are the same to all of these guardrails. */
  bandOf(minute: Minute): string
  /** Two inputs of one text and one band are the same to all of these guardrails. */
  classOf(input: GuardrailInput): string
}

/** No guardrail has this id: it is no name. */
const PERMIT = ':permit'

/** Compiles guardrails that have passed checkPolicies; of others every judgement is `error`. */
export function makeGuardrailSet(guardrails: readonly Guardrail[], place: CalendarPlace): GuardrailSet {
  const unbounded = guardrails.some(({ policy }) => checkBounds(policy) !== null)
  if (unbounded) return { judge: () => 'error', bandOf: () => '', classOf: () => '' }
  const parsed = guardrails.map(({ policy }) => treeOf(policy))
  const trees = JSON.stringify(parsed)
  const cuts = clockCuts(parsed)
  // A policy that read more than its tree says would find nothing there: an error, and a refusal.
  const members = CALENDAR.filter(member => trees.includes(JSON.stringify(member)))
  const policies: PolicySet = {
    // Cedar denies what nothing permits: against a permission of everything, a denial is the work of a guardrail.
    staticPolicies: Object.fromEntries([
      [PERMIT, 'permit (principal, action, resource);'],
      ...guardrails.map(({ id, policy }) => [id, policy] as const),
    ]),
  }
  const names = new Map<string, GuardrailId>(guardrails.map(({ id }) => [id, id]))
  return {
    classOf: classifier(trees),
    judge(input) {
      try {
        return evaluate(policies, names, () => requestOf(input, members, place))
      } catch {
        return 'error'
      }
    },
    // An evaluation is given the minute itself: only what is kept of it goes by the band.
    bandOf: minute =>
      bandOf(members, place, minute)
        .map((value, n) => (members[n] === 'minuteOfDay' && cuts ? bandBetween(cuts, Number(value)) : value))
        .join(' '),
  }
}

/** Cedar skips a policy whose evaluation errs, and answers as if it were not there: here that is a refusal. */
function evaluate(
  policies: PolicySet,
  names: ReadonlyMap<string, GuardrailId>,
  request: () => ReturnType<typeof requestOf>,
): GuardrailId | 'error' | null {
  const slot = slotFor(policies, name => preparsePolicySet(name, policies).type === 'success')
  if (slot === null) return 'error'
  const answer = statefulIsAuthorized({ ...request(), preparsedPolicySetId: slot })
  if (answer.type === 'failure') return 'error'
  const { decision, diagnostics } = answer.response
  if (decision === 'deny') {
    const [first] = diagnostics.reason.flatMap(name => names.get(name) ?? []).sort(compare)
    return first ?? 'error'
  }
  // The permission of everything, and nothing else, must have been what decided.
  return diagnostics.errors.length > 0 || diagnostics.reason.join() !== PERMIT ? 'error' : null
}
