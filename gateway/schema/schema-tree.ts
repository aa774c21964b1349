import { err, ok, type Result } from '../domain/result.ts'
import { isObject, type JsonObject, type JsonValue } from './json-value.ts'
import { escapeToken, parsePointer } from './pointer.ts'

/** A JSON Schema 2020-12: true and false allow everything and nothing. */
export type Schema = boolean | JsonObject

/** Which part of a value a subschema speaks of: the value itself, a member, an item, a member's name, or none (`$defs`). */
export type Place = 'same' | 'member' | 'item' | 'name' | 'none'

export interface Subschema {
  readonly place: Place
  readonly keyword: string
  /** The member's name where the keyword is `properties`, the pattern for `patternProperties`; else ``. */
  readonly name: string
  readonly schema: Schema
  /** From the schema that holds it: `/properties/code`. */
  readonly pointer: string
}

type Shape = 'one' | 'list' | 'map'

// JSON Schema Core sections 10 and 11, Validation section 8: every keyword that holds schemas, and how.
const HOLDERS: readonly (readonly [keyword: string, shape: Shape, place: Place])[] = [
  ['allOf', 'list', 'same'],
  ['anyOf', 'list', 'same'],
  ['oneOf', 'list', 'same'],
  ['not', 'one', 'same'],
  ['if', 'one', 'same'],
  ['then', 'one', 'same'],
  ['else', 'one', 'same'],
  ['dependentSchemas', 'map', 'same'],
  ['properties', 'map', 'member'],
  ['patternProperties', 'map', 'member'],
  ['additionalProperties', 'one', 'member'],
  ['unevaluatedProperties', 'one', 'member'],
  ['propertyNames', 'one', 'name'],
  ['prefixItems', 'list', 'item'],
  ['items', 'one', 'item'],
  ['contains', 'one', 'item'],
  ['unevaluatedItems', 'one', 'item'],
  ['$defs', 'map', 'none'],
  ['definitions', 'map', 'none'],
  ['contentSchema', 'one', 'none'],
]

export const isSchema = (value: unknown): value is Schema => typeof value === 'boolean' || isObject(value)

/** The schemas that one schema directly holds; what `$ref` names is not among them. */
export function subschemas(schema: Schema): readonly Subschema[] {
  if (typeof schema === 'boolean') return []
  const found: Subschema[] = []
  for (const [keyword, shape, place] of HOLDERS) {
    const held = schema[keyword]
    if (held === undefined) continue
    for (const [name, pointer, sub] of entries(keyword, shape, held)) {
      if (isSchema(sub)) found.push({ place, keyword, name, schema: sub, pointer })
    }
  }
  return found
}

function entries(keyword: string, shape: Shape, held: JsonValue): readonly (readonly [string, string, JsonValue])[] {
  if (shape === 'one') return [['', `/${keyword}`, held]]
  if (shape === 'list') return Array.isArray(held) ? held.map((sub: JsonValue, i) => ['', `/${keyword}/${i}`, sub]) : []
  return isObject(held)
    ? Object.entries(held).map(([name, sub]) => [name, `/${keyword}/${escapeToken(name)}`, sub])
    : []
}

/** The schema that a `$ref` inside a self-contained document names: `#` or `#/$defs/…` (RFC 6901 section 6). */
export function resolveReference(root: Schema, reference: string): Result<{ schema: Schema; pointer: string }> {
  if (!reference.startsWith('#')) return err('the reference leaves the document; put what it names under $defs')
  let pointer: string
  try {
    pointer = decodeURIComponent(reference.slice(1))
  } catch {
    return err('the reference is not a URI fragment')
  }
  const tokens = parsePointer(pointer)
  if (!tokens.ok) return err('a reference is a JSON Pointer inside the document, like #/$defs/code')
  let at: JsonValue = root
  for (const token of tokens.value) {
    const next: JsonValue | undefined =
      typeof at === 'object' && at !== null && Object.hasOwn(at, token) ? (at as JsonObject)[token] : undefined
    if (next === undefined) return err('the reference names nothing in the document')
    at = next
  }
  return isSchema(at) ? ok({ schema: at, pointer }) : err('the reference names something that is no schema')
}

/** The schemas that speak of the same value as `schema`, itself included: through references, allOf, anyOf, oneOf, if and the like. */
export function schemasOfSamePlace(root: Schema, schema: Schema): ReadonlySet<Schema> {
  const found = new Set<Schema>()
  const visit = (at: Schema): void => {
    if (found.has(at)) return
    found.add(at)
    for (const sub of subschemas(at)) if (sub.place === 'same' && sub.keyword !== 'not') visit(sub.schema)
    const target = referenced(root, at)
    if (target !== undefined) visit(target)
  }
  visit(schema)
  return found
}

/** What a schema's own `$ref` names, or undefined. */
export function referenced(root: Schema, schema: Schema): Schema | undefined {
  const reference = typeof schema === 'boolean' ? undefined : schema.$ref
  if (typeof reference !== 'string') return undefined
  const target = resolveReference(root, reference)
  return target.ok ? target.value.schema : undefined
}
