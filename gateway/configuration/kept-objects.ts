import type { ConfigurationDocument } from './document.ts'
import { maxItemsOf } from './document-schema.ts'
import { frozenCopy } from './frozen-copy.ts'
import type { Configuration } from './objects.ts'
import { type ListName, OBJECT_KINDS } from './object-kinds.ts'
import { objectsOf } from './objects-of.ts'

/** A document that held together, never changed since, and what was made of it. */
export interface ParsedBefore {
  readonly document: ConfigurationDocument
  readonly configuration: Configuration
}

const LISTS: readonly ListName[] = Object.values(OBJECT_KINDS).map(({ list }) => list)

/**
 * The document with nothing in its lists but what the one before had not: with 100,000 agreements, looking at the shape of each
 * again takes seconds, and what has not changed has not lost its shape. A list keeps one item, so that it is not taken for empty.
 */
export function onlyFresh(document: unknown, before: ParsedBefore): unknown {
  if (typeof document !== 'object' || document === null) return document
  const lists = LISTS.map(name => [name, (document as Readonly<Record<string, unknown>>)[name]] as const)
  const shortened = lists.flatMap(([name, list]) => {
    if (!Array.isArray(list) || list.length > maxItemsOf(name)) return []
    const old: readonly unknown[] = before.document[name] ?? []
    const known = list === old ? null : new Set(old)
    const fresh = known === null ? [] : list.filter(item => !known.has(item))
    return [[name, fresh.length > 0 ? fresh : list.slice(0, 1)] as const]
  })
  return { ...document, ...Object.fromEntries(shortened) }
}

/** What was made before of objects that are still there. */
export interface KeptObjects {
  /** undefined: the object is new, or what it was made with has changed. */
  of<L extends ListName>(list: L, object: unknown): Configuration[L][number] | undefined
  /** The list frozen, what was kept in it as it is; the list before itself where nothing has changed. */
  frozen<L extends ListName>(list: L, made: Configuration[L]): Configuration[L]
}

export const NOTHING_KEPT: KeptObjects = { of: () => undefined, frozen: (_, made) => frozenCopy(made) }

/** An agreement is made of its text, of its service and, for its zone, of the genesis; everything else of its own text alone. */
export function keptObjects(document: ConfigurationDocument, before: ParsedBefore): KeptObjects {
  const maps = new Map<ListName, ReadonlyMap<unknown, unknown>>()
  const madeOf = (list: ListName): ReadonlyMap<unknown, unknown> => {
    const known = maps.get(list)
    if (known) return known
    // Both lists hold the same objects in the same order: the document held together.
    const made = new Map<unknown, unknown>(
      (before.document[list] ?? []).map((object, index) => [object, before.configuration[list][index]]),
    )
    maps.set(list, made)
    return made
  }
  const services = objectsOf(document, 'service')
  const servicesBefore = objectsOf(before.document, 'service')
  const isSameGenesis = document.genesis === before.document.genesis
  const hasSameService = ({ service }: { readonly service: string }): boolean =>
    services.get(service) === servicesBefore.get(service)

  return {
    of<L extends ListName>(list: L, object: unknown) {
      if (list === 'agreements' && !(isSameGenesis && hasSameService(object as { service: string }))) return undefined
      return madeOf(list).get(object) as Configuration[L][number] | undefined
    },
    frozen<L extends ListName>(list: L, made: Configuration[L]): Configuration[L] {
      const old: readonly unknown[] = before.configuration[list]
      if (made.length === old.length && made.every((item, index) => item === old[index]))
        return before.configuration[list]
      const known = new Set(old)
      return Object.freeze(made.map(item => (known.has(item) ? item : frozenCopy(item)))) as Configuration[L]
    },
  }
}
