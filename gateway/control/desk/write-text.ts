import { canonicalJson } from '../../configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import { applyEdits, digestOfObject, type Edit } from '../../configuration/edits.ts'
import { findUnplain } from '../../configuration/find-unplain.ts'
import { idOf, isObjectKind, OBJECT_KINDS, type ObjectKind } from '../../configuration/object-kinds.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import type { Digest } from '../../domain/digest.ts'
import type { OfficerId } from '../../domain/officer-id.ts'
import { err, type Result } from '../../domain/result.ts'
import { type ChangeText, readChangeText } from '../../snapshot/change.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { DeskRefusal } from '../desk-refusal.ts'

/** What an officer wants changed. */
export interface Draft {
  readonly title: string
  readonly reason: string
  /** `was` absent: whatever is there when it is drafted. */
  readonly edits: readonly (Omit<Edit, 'was'> & { readonly was?: Digest | null })[]
  /** RFC 3339; null: as soon as it is approved. */
  readonly applyAt: string | null
}

/**
 * The exact text of a change from an attacker-controlled draft, on the newest revision: nothing is shared with what the caller
 * holds. Its edits fit what is there; what they make is not looked at yet.
 */
export function writeText(
  draft: Draft,
  id: ChangeId,
  authors: readonly OfficerId[],
  newest: VerifiedRevision,
): Result<ChangeText, DeskRefusal> {
  if (typeof draft !== 'object' || draft === null) return err({ reason: 'malformed', detail: 'a draft is an object' })
  const [unplain] = findUnplain(draft)
  if (unplain) return err({ reason: 'malformed', detail: `${unplain.pointer}: ${unplain.reason}` })
  const { title, reason, edits, applyAt, ...rest } = JSON.parse(canonicalJson(draft)) as Partial<Draft>
  const [surplus] = Object.keys(rest)
  if (surplus !== undefined)
    return err({ reason: 'malformed', detail: `a draft has no member ${JSON.stringify(surplus)}` })
  const read = readChangeText({
    id,
    base: { number: newest.number, digest: newest.digest },
    authors: [...new Set(authors)].sort(),
    title,
    reason,
    edits: Array.isArray(edits) ? withDigests(edits, newest.document) : edits,
    applyAt: applyAt ?? null,
  })
  if (!read.ok) return err({ reason: 'malformed', detail: read.error })
  const applied = applyEdits(newest.document, read.value.edits)
  return applied.ok ? read : err({ reason: 'conflict', conflicts: applied.error })
}

/** Edits that do not say what they replace, with the digest of what is there. Whatever is no edit goes on as it is. */
function withDigests(edits: readonly unknown[], document: ConfigurationDocument): readonly unknown[] {
  const objects = new Map<ObjectKind, ReadonlyMap<string | undefined, unknown>>()
  const present = (kind: ObjectKind, id: unknown): Digest | null => {
    const list: readonly unknown[] = document[OBJECT_KINDS[kind].list] ?? []
    const known = objects.get(kind) ?? new Map(list.map(value => [idOf(kind, value), value]))
    objects.set(kind, known)
    const object = known.get(String(id))
    return object === undefined ? null : digestOfObject(object)
  }
  return edits.map(edit => {
    const { kind, id, was } = (edit ?? {}) as Readonly<Record<string, unknown>>
    return was === undefined && isObjectKind(kind) ? { ...(edit as object), was: present(kind, id) } : edit
  })
}
