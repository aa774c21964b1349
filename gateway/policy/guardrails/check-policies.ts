import { type DetailedError, policyToJson, type PolicyJson, validate } from '@cedar-policy/cedar-wasm/nodejs'
import type { Finding } from '../../configuration/locate.ts'
import type { Guardrail } from '../../configuration/objects.ts'
import { CEDAR_SCHEMA } from './cedar-schema.ts'
import { checkBounds } from './check-bounds.ts'

type Texts = readonly Pick<Guardrail, 'id' | 'policy'>[]

/** Every revision is checked, and most change no guardrail. Not observable. */
let lastSound: string | null = null

/**
 * What keeps policies from being enforced: each must be one Cedar policy that forbids, and hold strictly against the schema of
 * what guardrails see. Warnings count: a policy that can never apply forbids nothing. Pointers as in the document.
 */
export function checkPolicies(guardrails: Texts): readonly Finding[] {
  const policies = guardrails.map(({ policy }) => policy)
  const texts = JSON.stringify(policies)
  if (texts === lastSound) return []
  const unread = policies.flatMap((policy, at) => whyUnread(policy).map(reason => finding(at, reason)))
  const findings = unread.length > 0 ? unread : judge(policies)
  if (findings.length === 0) lastSound = texts
  return findings
}

const finding = (at: number, reason: string): Finding => ({ pointer: pointerTo(at), reason })

export const pointerTo = (index: number): string => `/guardrails/${index}/policy`

function whyUnread(policy: string): readonly string[] {
  const unbounded = checkBounds(policy)
  if (unbounded !== null) return [unbounded]
  const read = policyToJson(policy)
  if (read.type === 'failure') return read.errors.map(error => explain(error, policy))
  return read.json.effect === 'forbid' ? [] : ['a guardrail forbids: only agreements permit']
}

/** All at once: to read the schema takes longer than to judge a policy by it. */
function judge(policies: readonly string[]): readonly Finding[] {
  const answer = validate({
    validationSettings: { mode: 'strict' },
    schema: CEDAR_SCHEMA,
    policies: { staticPolicies: Object.fromEntries(policies.entries()) },
  })
  if (answer.type === 'failure') return answer.errors.map(error => finding(0, explain(error, '')))
  const { validationErrors, validationWarnings, otherWarnings } = answer
  // Errors bring warnings about the same thing with them.
  const told = validationErrors.length > 0 ? validationErrors : validationWarnings
  return [
    ...told.map(({ policyId, error }) => finding(Number(policyId), explain(error, policies[Number(policyId)] ?? ''))),
    ...otherWarnings.map(error => finding(0, explain(error, ''))),
  ]
}

/** In the words of Cedar, with the line inside the policy. */
function explain({ message, help, sourceLocations = [] }: DetailedError, policy: string): string {
  const [place] = sourceLocations
  const said = message
    .replace(/^for policy `\d+`[,:] /, '')
    .replace(/^failed to parse policy(?: with id `\w+`)? from string: /, '')
  const line = place ? `line ${lineOf(policy, place.start)} of the policy: ` : ''
  return `${line}${said}${help ? ` (${help})` : ''}`.slice(0, 500)
}

/** Cedar counts bytes. */
const lineOf = (text: string, byte: number): number =>
  new TextEncoder()
    .encode(text)
    .subarray(0, byte)
    .reduce((lines, sign) => (sign === 0x0a ? lines + 1 : lines), 1)

/** A policy that was found sound, as its tree. */
export function treeOf(policy: string): PolicyJson | null {
  const read = policyToJson(policy)
  return read.type === 'success' ? read.json : null
}
