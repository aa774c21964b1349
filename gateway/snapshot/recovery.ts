import type { Officer } from '../configuration/objects.ts'
import { type Digest, digestOf, parseDigest } from '../domain/digest.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { checkApproval } from '../identity/approval.ts'

/** A tree as it stands in a text: the root in base64. */
export interface TreeHead {
  readonly size: number
  readonly root: string
}

/** A witness has seen another control lane than the one that is here: it was put back, or rewritten. */
export interface WitnessConflict {
  readonly v: 1
  readonly witness: string
  /** `behind`: it holds more than there is. `fork`: what is here does not continue what it holds. */
  readonly kind: 'behind' | 'fork'
  /** What the witness holds; the root is null where it does not tell. */
  readonly held: { readonly size: number; readonly root: string | null }
  /** What was there when it refused. */
  readonly ours: TreeHead
  /** The checkpoint that it holds, signed by the gateway's own key and cosigned: proof. Null where it does not show it. */
  readonly evidence: string | null
  /** RFC 3339, UTC. */
  readonly seenAt: string
}

/** What two officers sign so that the gateway goes on. */
export interface Recovery {
  readonly v: 1
  readonly purpose: 'lienthong-recovery'
  /** Of this installation. */
  readonly genesis: Digest
  /** Digests of the texts of the conflicts that it ends, and what they say, for whoever reads it. */
  readonly conflicts: readonly (Pick<WitnessConflict, 'witness' | 'kind' | 'held' | 'seenAt'> & {
    readonly id: Digest
  })[]
  /** The control lane from which everything goes on: witnesses are asked to accept it. */
  readonly goesOnFrom: TreeHead
  readonly why: string
  readonly at: string
}

/** A recovery that two security officers have signed. */
export interface Recovered {
  readonly id: Digest
  readonly recovery: Recovery
  readonly officers: readonly OfficerId[]
  /** Theirs, one each, in the same order. */
  readonly signatures: readonly string[]
}

/** Attacker-controlled where a database administrator writes it. */
const MAX_CHARACTERS = 16_384
const NEEDED = 2

/** A text that `parseConflict` reads: evidence that is too long for one is left out, for what cannot be read would stop nothing. */
export function conflictText(conflict: WitnessConflict): string {
  const text = JSON.stringify(conflict)
  return text.length <= MAX_CHARACTERS ? text : JSON.stringify({ ...conflict, evidence: null })
}

/** Reads the text of a conflict: attacker-controlled. */
export function parseConflict(text: string): Result<WitnessConflict> {
  const value = parse(text)
  const { v, witness, kind, held, ours, evidence, seenAt } = value as Partial<Record<keyof WitnessConflict, unknown>>
  const whole =
    v === 1 &&
    typeof witness === 'string' &&
    (kind === 'behind' || kind === 'fork') &&
    isTree(held, true) &&
    isTree(ours, false) &&
    (evidence === null || typeof evidence === 'string') &&
    typeof seenAt === 'string'
  return whole ? ok(value as unknown as WitnessConflict) : err('it is not the text of a conflict')
}

/** Reads the text of a recovery: attacker-controlled. */
export function parseRecovery(text: string): Result<Recovery> {
  const value = parse(text)
  const { v, purpose, genesis, conflicts, goesOnFrom, why, at } = value as Partial<Record<keyof Recovery, unknown>>
  const whole =
    v === 1 &&
    purpose === 'lienthong-recovery' &&
    typeof genesis === 'string' &&
    parseDigest(genesis).ok &&
    Array.isArray(conflicts) &&
    conflicts.length > 0 &&
    conflicts.every(isNamedConflict) &&
    isTree(goesOnFrom, false) &&
    typeof why === 'string' &&
    typeof at === 'string'
  return whole ? ok(value as unknown as Recovery) : err('it is not the text of a recovery')
}

/**
 * Whether two security officers of this revision, not disabled, have signed exactly this text for this installation. Signatures that
 * do not hold are passed over: whoever can write to the database must not be able to spoil a recovery by adding one.
 */
export function judgeRecovery(
  text: string,
  signatures: readonly string[],
  genesis: Digest,
  officers: readonly Officer[],
): Result<Recovered> {
  const recovery = parseRecovery(text)
  if (!recovery.ok) return recovery
  if (recovery.value.genesis !== genesis) return err('it is of another installation')
  const id = digestOf(text)
  const signers = new Map<OfficerId, string>()
  for (const signature of signatures) {
    const officer = checkApproval(signature, id, officers, 'recovery')
    if (officer.ok && officer.value.roles.includes('security-officer')) signers.set(officer.value.id, signature)
  }
  if (signers.size < NEEDED) return err(`${signers.size} of ${NEEDED} security officers have signed`)
  const sorted = [...signers].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return ok({
    id,
    recovery: recovery.value,
    officers: sorted.map(([officer]) => officer),
    signatures: sorted.map(([, signature]) => signature),
  })
}

function parse(text: string): object {
  if (text.length > MAX_CHARACTERS) return {}
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function isTree(value: unknown, mayLackRoot: boolean): boolean {
  const { size, root } = (value ?? {}) as Partial<Record<keyof TreeHead, unknown>>
  return Number.isSafeInteger(size) && (typeof root === 'string' || (mayLackRoot && root === null))
}

function isNamedConflict(value: unknown): boolean {
  const { id, witness, kind, held } = (value ?? {}) as Record<string, unknown>
  return (
    typeof id === 'string' &&
    parseDigest(id).ok &&
    typeof witness === 'string' &&
    (kind === 'behind' || kind === 'fork') &&
    isTree(held, true)
  )
}
