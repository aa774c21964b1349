import { canonicalJson } from './canonical-json.ts'
import type { ConfigurationDocument } from './document.ts'
import type { Edit } from './edits.ts'
import { type Effect, effectOf } from './effect-of.ts'
import type { ObjectKind } from './object-kinds.ts'
import { objectsOf } from './objects-of.ts'

/** One thing that is different, of one object. */
export interface Difference {
  readonly kind: ObjectKind
  readonly id: string
  /** The way to the member, `operations/listProvinces/response`; empty: the whole object. Items of lists by what names them. */
  readonly member: string
  readonly change: 'added' | 'removed' | 'changed' | 'reordered'
  /** As text, shortened; null: there was none. */
  readonly was: string | null
  readonly is: string | null
  /** null: neither, or not to be said of one member alone. */
  readonly effect: Effect | null
}

/** An OpenAPI document that was written anew differs in a thousand places, and nobody reads the fiftieth. */
const MOST_OF_AN_OBJECT = 50
const MOST_CHARACTERS = 100

/**
 * What these edits of a document change, object by object and member by member, in the order of the edits. Of one object at most 50
 * differences are told. Only a help for readers: what a change is judged by is snapshot/judge-change.ts.
 */
export function describeEdits(before: ConfigurationDocument, edits: readonly Edit[]): readonly Difference[] {
  return edits.flatMap(({ kind, id, value }) => {
    const found: Found[] = []
    differ([], objectsOf(before, kind).get(id), value ?? undefined, found)
    return found.slice(0, MOST_OF_AN_OBJECT).map(({ path, change, was, is }) => ({
      kind,
      id,
      member: path.join('/'),
      change,
      was: short(was),
      is: short(is),
      effect: change === 'reordered' ? null : effectOf(kind, path, was, is),
    }))
  })
}

/** `agreement records-categories: ceiling internal -> restricted (gives more)`. */
export function sentenceOf({ kind, id, member, change, was, is, effect }: Difference): string {
  const what = {
    added: member === '' ? 'added' : `${member} added: ${is ?? ''}`,
    removed: member === '' ? 'removed' : `${member} removed: ${was ?? ''}`,
    changed: `${member} ${was ?? ''} -> ${is ?? ''}`,
    reordered: `${member} in another order`,
  }[change]
  return `${kind} ${id}: ${what}${effect ? ` (${effect})` : ''}`
}

interface Found {
  readonly path: readonly string[]
  readonly change: Difference['change']
  readonly was: unknown
  readonly is: unknown
}

function differ(path: readonly string[], was: unknown, is: unknown, found: Found[]): void {
  if (was === is || found.length > MOST_OF_AN_OBJECT) return
  if (isFields(was) && isFields(is)) {
    for (const name of [...new Set([...Object.keys(was), ...Object.keys(is)])].sort())
      differ([...path, name], was[name], is[name], found)
    return
  }
  if (Array.isArray(was) && Array.isArray(is)) return differInItems(path, was, is, found)
  const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
  found.push({ path, change, was, is })
}

function differInItems(path: readonly string[], was: readonly unknown[], is: readonly unknown[], found: Found[]): void {
  const [old, fresh] = [byName(was), byName(is)]
  const count = found.length
  for (const name of new Set([...old.keys(), ...fresh.keys()]))
    differ([...path, name], old.get(name), fresh.get(name), found)
  if (found.length === count && canonicalJson(was) !== canonicalJson(is))
    found.push({ path, change: 'reordered', was, is })
}

/** Items by what names them; a second one of the same name gets a number. */
function byName(items: readonly unknown[]): ReadonlyMap<string, unknown> {
  const named = new Map<string, unknown>()
  for (const item of items) {
    const name = nameOf(item)
    named.set(named.has(name) ? `${name} (${named.size + 1})` : name, item)
  }
  return named
}

function nameOf(item: unknown): string {
  const fields = isFields(item) ? item : {}
  const name = fields['key'] ?? fields['publicKey'] ?? fields['id'] ?? fields['name'] ?? item
  // The end: the beginnings of all PEM texts are alike.
  const text = typeof name === 'string' ? name.replaceAll(/-----[A-Z ]+-----|\s/g, '') : canonicalJson(name)
  return text.length > 24 ? `…${text.slice(-16)}` : text
}

function short(value: unknown): string | null {
  if (value === undefined) return null
  const text = typeof value === 'string' && /^[\w.:/+*@-]+$/.test(value) ? value : canonicalJson(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
