import { digestOf } from '../domain/digest.ts'
import { canonicalJson } from './canonical-json.ts'
import type { SchemaText } from './objects.ts'
import { below } from './pointer.ts'
import { quote, type Report, textOf } from './report.ts'
import {
  DROPPED_KEYWORDS,
  isObject,
  REFUSED_KEYWORDS,
  SCHEMA_KEYWORDS,
  SCHEMA_LIST_KEYWORDS,
  SCHEMA_MAP_KEYWORDS,
  type SchemaObject,
} from './schema-keywords.ts'

const REFERENCE = /^#\/components\/schemas\/([A-Za-z0-9._-]{1,64})$/

interface Rewritten {
  readonly schema: unknown
  /** Names of the components that it refers to directly. */
  readonly names: ReadonlySet<string>
}

/** Makes a schema of the document self-contained; undefined after reporting why it cannot. */
export type EmbedSchema = (schema: unknown, pointer: string) => SchemaText | undefined

/**
 * For one OpenAPI document: gives the function that makes its schemas self-contained. The components that a schema refers to,
 * directly or through others (also itself), come with it under `$defs`; `$ref`s become `#/$defs/Name`. Annotations of OpenAPI
 * and `x-` members are left out. Each component is rewritten once, so what is wrong in it is told once.
 * Whether the result is a good JSON Schema is the matter of the room `schema`.
 */
export function schemaEmbedder(components: SchemaObject, report: Report): EmbedSchema {
  const rewritten = new Map<string, Rewritten | null>()

  const component = (name: string): Rewritten | null => {
    const known = rewritten.get(name)
    if (known !== undefined) return known
    rewritten.set(name, null)
    const made = rewrite(
      components[name],
      below('/components/schemas', name),
      name => Object.hasOwn(components, name),
      report,
    )
    rewritten.set(name, made)
    return made
  }

  return (schema, pointer) => {
    if (!isObject(schema) || Object.keys(schema).length === 0) {
      report(pointer, 'describes nothing: write a schema, what is not described is not exchanged')
      return undefined
    }
    const root = rewrite(schema, pointer, name => Object.hasOwn(components, name), report)
    const definitions = closure(root?.names ?? new Set(), component)
    if (!root || !definitions) return undefined
    const embedded = definitions.size === 0 ? {} : { $defs: Object.fromEntries(definitions) }
    const text = canonicalJson({ ...(root.schema as SchemaObject), ...embedded })
    return { digest: digestOf(text), text }
  }
}

/** All components reachable from `names`; null where one of them is broken. */
function closure(
  names: ReadonlySet<string>,
  component: (name: string) => Rewritten | null,
): ReadonlyMap<string, unknown> | null {
  const reached = new Map<string, unknown>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue
    const made = component(name)
    if (!made) return null
    reached.set(name, made.schema)
    open.push(...made.names)
  }
  return reached
}

/** One schema with its references rewritten; null after reporting. Its depth was bounded by findUnplain. */
function rewrite(
  schema: unknown,
  pointer: string,
  exists: (name: string) => boolean,
  report: Report,
): Rewritten | null {
  const names = new Set<string>()
  let broken = false
  const refuse: Report = (at, reason) => {
    broken = true
    report(at, reason)
  }

  const visit = (value: unknown, at: string): unknown => {
    if (typeof value === 'boolean') return value
    if (isObject(value))
      return Object.fromEntries(Object.entries(value).flatMap(([key, member]) => visitMember(key, member, at)))
    refuse(at, 'must be a schema: a mapping, or true or false')
    return value
  }

  const visitMember = (key: string, value: unknown, at: string): readonly (readonly [string, unknown])[] => {
    const here = below(at, key)
    const refused = Object.hasOwn(REFUSED_KEYWORDS, key) ? REFUSED_KEYWORDS[key] : undefined
    if (refused) refuse(here, `${key} is not read here: ${refused}`)
    if (refused || DROPPED_KEYWORDS.has(key) || key.startsWith('x-')) return []
    if (key === '$ref') return [[key, visitReference(value, here)]]
    if (SCHEMA_KEYWORDS.has(key)) return [[key, visit(value, here)]]
    if (SCHEMA_LIST_KEYWORDS.has(key)) return [[key, visitList(value, here)]]
    if (SCHEMA_MAP_KEYWORDS.has(key)) return [[key, visitMap(value, here)]]
    return [[key, value]]
  }

  const visitList = (value: unknown, at: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => visit(item, below(at, index)))
    refuse(at, 'must be a list of schemas')
    return value
  }

  const visitMap = (value: unknown, at: string): unknown => {
    if (isObject(value))
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item, below(at, name))]))
    refuse(at, 'must map names to schemas')
    return value
  }

  const visitReference = (value: unknown, at: string): unknown => {
    const name = REFERENCE.exec(textOf(value))?.[1]
    if (name === undefined)
      refuse(
        at,
        `${quote(textOf(value))} is not followed: a reference stays in the document, as #/components/schemas/Name`,
      )
    else if (!exists(name)) refuse(at, `components/schemas has no ${quote(name)}`)
    else names.add(name)
    return `#/$defs/${String(name)}`
  }

  const made = visit(schema, pointer)
  return broken ? null : { schema: made, names }
}
