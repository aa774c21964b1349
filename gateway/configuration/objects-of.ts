import type { ConfigurationDocument } from './document.ts'
import { idOf, OBJECT_KINDS, type ObjectKind } from './object-kinds.ts'

const indexes = new WeakMap<readonly unknown[], ReadonlyMap<string, unknown>>()

/** Keeps the objects of a list by id, for whoever has just made both; ids are those of the list, in its order. */
export function keepIndex(list: readonly unknown[], index: ReadonlyMap<string, unknown>): void {
  indexes.set(list, index)
}

/**
 * The objects of a kind by id; of two with one id, the last. Built once a list: lists are never changed in place, and a revision
 * shares those that its change did not touch with the one before.
 */
export function objectsOf(document: ConfigurationDocument, kind: ObjectKind): ReadonlyMap<string, unknown> {
  const list: readonly unknown[] = document[OBJECT_KINDS[kind].list] ?? []
  const known = indexes.get(list)
  if (known) return known
  const index = new Map(list.map(value => [idOf(kind, value) ?? '', value]))
  indexes.set(list, index)
  return index
}
