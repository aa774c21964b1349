import type { Edit } from '../configuration/edits.ts'
import { objectsOf } from '../configuration/objects-of.ts'
import type { ConfigurationDocument } from '../configuration/document.ts'
import type { Officer, Setting } from '../configuration/objects.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { SignedChange, Verdict } from './change.ts'
import { checkSignature } from './check-signature.ts'
import { takesAway } from './takes-away.ts'

/** What a change is judged by: the officers, settings and objects of the revision before it. */
export interface Before {
  readonly officers: readonly Officer[]
  readonly settings: readonly Setting[]
  readonly document: ConfigurationDocument
}

/** Who has the right to what this change does, and signed exactly this. */
export interface Judged {
  readonly proposer: OfficerId
  /** Empty where the change only takes away. */
  readonly approvers: readonly OfficerId[]
}

/**
 * DESIGN promise 3: one proposes, another approves, both sign the exact text. The proposer is a security officer, or the
 * administrator of the unit whose objects are edited; approvers are security officers. What only takes away needs no approver.
 */
export function judgeChange(change: SignedChange, before: Before): Result<Judged> {
  const proposers = signersOf(change, 'propose', before)
  if (!proposers.ok) return proposers
  const approvers = signersOf(change, 'approve', before)
  if (!approvers.ok) return approvers
  const [proposer, ...others] = proposers.value
  if (!proposer || others.length > 0) return err('a change has exactly one proposer')
  const forbidden = change.text.edits.find(edit => !mayPropose(proposer, edit, before))
  if (forbidden) return err(`${proposer.id} may not propose to change the ${forbidden.kind} ${forbidden.id}`)
  for (const { id, roles } of approvers.value) {
    if (!roles.includes('security-officer')) return err(`${id} is no security officer`)
    if (id === proposer.id) return err(`${id} may not approve what ${id} proposed`)
    if (change.text.authors.includes(id)) return err(`${id} may not approve what ${id} wrote`)
  }
  const ids = approvers.value.map(({ id }) => id)
  const own = change.text.edits.find(edit => recovers(edit, before) && [proposer.id, ...ids].some(id => id === edit.id))
  if (own) return err(`${own.id} is recovered by two others`)
  if (ids.length > 0 || change.text.edits.every(edit => mayTakeAwayAlone(proposer, edit, before)))
    return ok({ proposer: proposer.id, approvers: ids })
  return err('not approved by a second officer')
}

function signersOf(change: SignedChange, verdict: Verdict, before: Before): Result<readonly Officer[]> {
  const signers: Officer[] = []
  for (const signature of change.signatures) {
    if (signature.verdict !== verdict) continue
    const officer = checkSignature(change.text, signature, before)
    if (!officer.ok) return officer
    if (signers.some(({ id }) => id === officer.value.id)) return err(`${officer.value.id} signed twice`)
    signers.push(officer.value)
  }
  return ok(signers)
}

/** Whether an officer may propose this edit, looking at what is there and at what shall be. */
export function mayPropose(officer: Officer, edit: Edit, before: Before): boolean {
  if (officer.roles.includes('security-officer')) return true
  if (!officer.roles.includes('unit-administrator')) return false
  return [presentOf(edit, before), edit.value].every(value => value === null || isOfUnit(officer, edit, value))
}

/** Whether this edit lets an idle officer act again. */
export function recovers(edit: Edit, before: Before): boolean {
  if (edit.kind !== 'officer' || edit.value === null) return false
  const { recoveredOn: was } = (presentOf(edit, before) ?? {}) as Readonly<Record<string, unknown>>
  const { recoveredOn: is } = edit.value as Readonly<Record<string, unknown>>
  return is !== undefined && is !== was
}

/** Whether this edit alone may be applied on one officer's word. */
export function mayTakeAwayAlone(officer: Officer, edit: Edit, before: Before): boolean {
  if (!takesAway(edit, presentOf(edit, before))) return false
  return officer.roles.includes('security-officer') || edit.kind === 'service'
}

/** The object that an edit replaces; null: none. */
function presentOf({ kind, id }: Edit, { document }: Before): unknown {
  return objectsOf(document, kind).get(id) ?? null
}

function isOfUnit({ units }: Officer, { kind }: Edit, value: unknown): boolean {
  const fields = value as Readonly<Record<string, unknown>>
  const covers = (name: unknown): boolean => {
    const unit = String(name).split('/')[0] ?? ''
    return units.some(own => unit === own || unit.startsWith(`${own}.`))
  }
  switch (kind) {
    case 'system':
      return covers(fields.id)
    case 'service':
      // Of an own system: a service in one's own name could otherwise point to another unit's provider.
      return covers(fields.id) && covers(fields.provider)
    case 'agreement':
      return covers(fields.consumer) || covers(fields.service)
    case 'unit':
    case 'issuer':
    case 'purpose':
    case 'officer':
    case 'guardrail':
    case 'witness':
    case 'time-authority':
    case 'setting':
    case 'alert-rule':
      return false
  }
}
