import { type Digest, digestOf } from '../domain/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { canonicalJson } from './canonical-json.ts'
import type { ConfigurationDocument } from './document.ts'
import { compare } from './locate.ts'
import { idOf, type ListName, OBJECT_KINDS, type ObjectKind } from './object-kinds.ts'
import { keepIndex, objectsOf } from './objects-of.ts'

/** One object as it shall be. */
export interface Edit {
  readonly kind: ObjectKind
  readonly id: string
  /** Digest of the object that is replaced or removed; null: there is none yet. Another one in its place is a conflict. */
  readonly was: Digest | null
  /** The whole new object as plain JSON; null removes it. */
  readonly value: unknown
}

/** An edit that does not fit the document any more, or never did. */
export interface Conflict {
  readonly kind: ObjectKind
  readonly id: string
  /** Digest of what is there now; null: nothing. */
  readonly is: Digest | null
  readonly reason: 'changed' | 'twice' | 'misnamed' | 'nothing'
}

export const digestOfObject = (value: unknown): Digest => digestOf(canonicalJson(value))

type Objects = ReadonlyMap<string, unknown>

/**
 * The document with these edits, each list in the order of its ids; or everything that does not fit. Never merges: an edit holds
 * the digest of what its author saw. What the new objects say is not looked at here.
 */
export function applyEdits(
  document: ConfigurationDocument,
  edits: readonly Edit[],
): Result<ConfigurationDocument, readonly Conflict[]> {
  const conflicts: Conflict[] = []
  const lists = new Map<ListName, Map<string, unknown>>()
  const seen = new Set<string>()
  for (const { kind, id, was, value } of edits) {
    const { list } = OBJECT_KINDS[kind]
    const objects = lists.get(list) ?? new Map(objectsOf(document, kind))
    lists.set(list, objects)
    const present = objectsOf(document, kind).get(id)
    const is = present === undefined ? null : digestOfObject(present)
    const reason = whyNot(kind, id, value, is, was, seen)
    if (reason !== null) conflicts.push({ kind, id, is, reason })
    if (value === null) objects.delete(id)
    else objects.set(id, value)
  }
  if (conflicts.length > 0) return err(conflicts)
  const changed = [...lists].map(([list, objects]) => [list, inOrder(objects)] as const)
  return ok({ ...document, ...Object.fromEntries(changed) })
}

function whyNot(
  kind: ObjectKind,
  id: string,
  value: unknown,
  is: Digest | null,
  was: Digest | null,
  seen: Set<string>,
): Conflict['reason'] | null {
  const name = `${kind} ${id}`
  if (seen.has(name)) return 'twice'
  seen.add(name)
  if (is !== was) return 'changed'
  if (value === null) return was === null ? 'nothing' : null
  return idOf(kind, value) === id ? null : 'misnamed'
}

/** The edits that make `after` of `before`: objects that differ, by kind and id. The genesis part is not compared. */
export function editsBetween(before: ConfigurationDocument, after: ConfigurationDocument): readonly Edit[] {
  return (Object.keys(OBJECT_KINDS) as ObjectKind[]).flatMap(kind => {
    const old = objectsOf(before, kind)
    const fresh = objectsOf(after, kind)
    const ids = [...new Set([...old.keys(), ...fresh.keys()])].sort(compare)
    return ids.flatMap((id): Edit[] => {
      const [from, to] = [old.get(id), fresh.get(id)]
      // The same object in both, as where the rest of a document was kept.
      if (from === to) return []
      const was = from === undefined ? null : digestOfObject(from)
      const is = to === undefined ? null : digestOfObject(to)
      return was === is ? [] : [{ kind, id, was, value: to ?? null }]
    })
  })
}

function inOrder(objects: Objects): readonly unknown[] {
  const ids = [...objects.keys()]
  // As it is where nothing came in: comparing neighbours is far cheaper than sorting 100,000.
  const isSorted = ids.every((id, index) => index === 0 || compare(ids[index - 1] ?? '', id) < 0)
  if (!isSorted) return ids.sort(compare).map(id => objects.get(id))
  const list = [...objects.values()]
  keepIndex(list, objects)
  return list
}
