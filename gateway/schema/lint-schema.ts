import type { SchemaText } from '../configuration/objects.ts'
import { faultsOfMetaSchema } from './check-meta-schema.ts'
import { compileSchema } from './compile-schema.ts'
import { BOUNDED_FORMATS } from './formats.ts'
import { isObject, type JsonObject, type JsonValue } from './json-value.ts'
import { compilePattern } from './pattern.ts'
import { escapeToken } from './pointer.ts'
import { refuseSchema, type SchemaFault } from './refuse-schema.ts'
import { isSchema, resolveReference, type Schema, subschemas } from './schema-tree.ts'

/** What the schemas around one, speaking of the same value, have already bounded. */
interface Bounds {
  readonly maxLength: boolean
  readonly maxItems: boolean
  readonly items: boolean
  readonly closed: boolean
}

const UNBOUNDED: Bounds = { maxLength: false, maxItems: false, items: false, closed: false }

/** Conditions: what they describe is described again where values are. */
const IDLE: ReadonlySet<string> = new Set(['not', 'if', 'contains'])

/**
 * Everything that keeps a schema from being registered, with its place in the schema: what does not compile, and what leaves a door
 * open: texts without maxLength (unless an enum, const or a format bounds them), arrays without maxItems, objects that are neither
 * closed (additionalProperties or unevaluatedProperties) nor written as open (`true`), values that nothing is said of.
 * Definitions are judged where they are used.
 */
export function lintSchema(schema: SchemaText): readonly SchemaFault[] {
  const root: unknown = JSON.parse(schema.text)
  if (!isSchema(root)) return [{ pointer: '', message: 'a schema is an object, true or false' }]
  const malformed = faultsOfMetaSchema(root)
  if (malformed.length > 0) return malformed
  const refused = [...refuseSchema(root), ...refusedPatterns(root, '')]
  if (refused.length > 0) return refused
  const compiled = compileSchema(schema)
  if (!compiled.ok) return [{ pointer: '', message: compiled.error }]
  return lintOrder(root)
}

function refusedPatterns(schema: Schema, pointer: string): SchemaFault[] {
  const faults: SchemaFault[] = []
  const tryPattern = (source: string, at: string): void => {
    const pattern = compilePattern(source)
    if (!pattern.ok) faults.push({ pointer: pointer + at, message: pattern.error })
  }
  if (isObject(schema) && typeof schema.pattern === 'string') tryPattern(schema.pattern, '/pattern')
  for (const sub of subschemas(schema)) {
    if (sub.keyword === 'patternProperties') tryPattern(sub.name, `/patternProperties/${escapeToken(sub.name)}`)
    faults.push(...refusedPatterns(sub.schema, pointer + sub.pointer))
  }
  return faults
}

function lintOrder(root: Schema): SchemaFault[] {
  const faults = new Map<string, SchemaFault>()
  const visited = new Map<Schema, Set<string>>()

  const visit = (schema: Schema, pointer: string, around: Bounds, isWholeValue: boolean): void => {
    if (typeof schema === 'boolean') return
    const bounds = boundsOf(schema, around)
    const seen = visited.get(schema) ?? new Set()
    const key = JSON.stringify([bounds, isWholeValue])
    if (seen.has(key)) return
    visited.set(schema, seen.add(key))

    for (const message of faultsOf(schema, bounds, isWholeValue))
      faults.set(`${pointer} ${message}`, { pointer, message })
    for (const sub of subschemas(schema)) {
      if (sub.place === 'none' || sub.place === 'name' || IDLE.has(sub.keyword)) continue
      // `items` bounds what `contains` picks from. A part speaks of the same value as its parent.
      if (sub.place === 'same') visit(sub.schema, pointer + sub.pointer, bounds, false)
      else visit(sub.schema, pointer + sub.pointer, UNBOUNDED, true)
    }
    if (typeof schema.$ref === 'string') {
      const target = resolveReference(root, schema.$ref)
      if (target.ok) visit(target.value.schema, target.value.pointer, bounds, false)
    }
  }
  visit(root, '', UNBOUNDED, true)
  return [...faults.values()]
}

const boundsOf = (schema: JsonObject, around: Bounds): Bounds => {
  const listed = schema.enum !== undefined || schema.const !== undefined
  return {
    maxLength:
      around.maxLength || listed || schema.maxLength !== undefined || BOUNDED_FORMATS.has(schema.format as string),
    maxItems:
      around.maxItems ||
      listed ||
      schema.maxItems !== undefined ||
      schema.items === false ||
      schema.unevaluatedItems === false,
    items: around.items || listed || schema.items !== undefined || schema.unevaluatedItems !== undefined,
    closed:
      around.closed ||
      listed ||
      schema.additionalProperties !== undefined ||
      schema.unevaluatedProperties !== undefined,
  }
}

const SPEAKING = ['type', 'enum', 'const', '$ref', 'allOf', 'anyOf', 'oneOf']

function faultsOf(schema: JsonObject, bounds: Bounds, isWholeValue: boolean): string[] {
  const types: readonly JsonValue[] = Array.isArray(schema.type) ? schema.type : [schema.type ?? null]
  const faults: string[] = []
  if (isWholeValue && !SPEAKING.some(keyword => keyword in schema))
    faults.push('nothing is said of this value; give its type, or write true where anything may stand')
  if (types.includes('string') && !bounds.maxLength) faults.push('a string needs maxLength')
  if (types.includes('array') && !bounds.maxItems) faults.push('an array needs maxItems')
  if (types.includes('array') && !bounds.items) faults.push('an array needs items')
  if (types.includes('object')) {
    if (!bounds.closed)
      faults.push(
        'an object is closed by additionalProperties or unevaluatedProperties: false, or opened on purpose by true',
      )
    faults.push(...impossible(schema))
  }
  return faults
}

/** A member that is required and can never be: mostly a misspelt name. */
function impossible(schema: JsonObject): string[] {
  if (schema.additionalProperties !== false || schema.patternProperties !== undefined) return []
  const described = isObject(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : []
  return required.filter(name => !Object.hasOwn(described, name)).map(name => `${name} is required and not described`)
}
