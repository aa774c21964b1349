import { align, differing } from './align.ts'
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
    const fresh = differing<unknown>(list, before.document[name] ?? []).added
    return [[name, fresh.length > 0 ? fresh : list.slice(0, 1)] as const]
  })
  return { ...document, ...Object.fromEntries(shortened) }
}

/** What was made before of objects that are still there. */
export interface KeptObjects {
  /** Of the object at this place of a list; undefined: it is new, or what it was made with has changed. */
  of<L extends ListName>(list: L, index: number): Configuration[L][number] | undefined
  /** What was kept without a gap at the beginning of a list and at its end. */
  around<L extends ListName>(list: L): { readonly head: Configuration[L]; readonly tail: Configuration[L] }
  /** Whether nothing in these lists has changed. */
  same(...lists: readonly ListName[]): boolean
  /** The list frozen, what was kept in it as it is; the list before itself where nothing has changed. */
  frozen<L extends ListName>(list: L, made: Configuration[L]): Configuration[L]
}

export const NOTHING_KEPT: KeptObjects = {
  of: () => undefined,
  around: () => ({ head: [], tail: [] }),
  same: () => false,
  frozen: (_, made) => frozenCopy(made),
}

/** An agreement is made of its text, of its service and, for its zone, of the genesis; everything else of its own text alone. */
export function keptObjects(document: ConfigurationDocument, before: ParsedBefore): KeptObjects {
  const places = new Map<ListName, (index: number) => unknown>()
  const madeAt = (list: ListName): ((index: number) => unknown) => {
    const known = places.get(list)
    if (known) return known
    const found = placesOf<unknown>(document[list] ?? [], before.document[list] ?? [], before.configuration[list])
    places.set(list, found)
    return found
  }
  const services = objectsOf(document, 'service')
  const servicesBefore = objectsOf(before.document, 'service')
  const sameGenesis = document.genesis === before.document.genesis
  const sameServices = document.services === before.document.services
  const hasSameService = (service: string): boolean =>
    sameServices || services.get(service) === servicesBefore.get(service)

  return {
    around<L extends ListName>(list: L) {
      const made = before.configuration[list] as readonly unknown[]
      const isWhole = list !== 'agreements' || (sameGenesis && sameServices)
      const { head, tail } = isWhole
        ? align<unknown>(document[list] ?? [], before.document[list] ?? [])
        : { head: 0, tail: 0 }
      return { head: made.slice(0, head), tail: made.slice(made.length - tail) } as {
        head: Configuration[L]
        tail: Configuration[L]
      }
    },
    of<L extends ListName>(list: L, index: number) {
      const made = madeAt(list)(index) as Configuration[L][number] | undefined
      if (list !== 'agreements' || made === undefined) return made
      return sameGenesis && hasSameService((made as Configuration['agreements'][number]).service) ? made : undefined
    },
    same: (...lists) => lists.every(list => document[list] === before.document[list]),
    frozen<L extends ListName>(list: L, made: Configuration[L]): Configuration[L] {
      const old: readonly unknown[] = before.configuration[list]
      const { middle, middleBefore, head, tail } = align<unknown>(made, old)
      if (middle.length === 0 && middleBefore.length === 0) return before.configuration[list]
      const known = new Set(middleBefore)
      const fresh = middle.map(item => (known.has(item) ? item : frozenCopy(item)))
      return Object.freeze([...made.slice(0, head), ...fresh, ...made.slice(made.length - tail)]) as Configuration[L]
    },
  }
}

/** Both lists before hold the same objects in the same order: the document held together. */
function placesOf<T>(list: readonly T[], before: readonly T[], made: readonly unknown[]): (index: number) => unknown {
  const { head, tail, middle, middleBefore } = align(list, before)
  const known = new Map<T, unknown>(middleBefore.map((object, index) => [object, made[head + index]]))
  const end = list.length - tail
  return index => {
    if (index < head) return made[index]
    return index >= end ? made[index - list.length + before.length] : known.get(middle[index - head] as T)
  }
}
