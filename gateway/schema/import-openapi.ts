import { isObject, type JsonObject, type JsonValue } from './json-value.ts'
import { escapeToken } from './pointer.ts'

/** Something that was changed, or has to be looked at by a person. */
export interface ImportNote {
  readonly pointer: string
  readonly message: string
}

export interface Imported {
  readonly document: JsonValue
  readonly notes: readonly ImportNote[]
}

/** Where the values of these are no schemas, and may hold anything. */
const VALUES: ReadonlySet<string> = new Set(['example', 'examples', 'default', 'enum', 'const'])
/** OpenAPI 3.0.3 section 4.7.24.2 gives them a meaning that no check has. */
const DROPPED: ReadonlySet<string> = new Set(['xml', 'externalDocs', 'discriminator', 'example'])

/**
 * An OpenAPI 3.0 or 3.1 document as 3.1 with JSON Schema 2020-12: `nullable`, Boolean `exclusiveMinimum` and `exclusiveMaximum`,
 * `format: binary` and the like in their new form (OpenAPI 3.1.0, appendix "Migrating from 3.0"). Pure, changes nothing of what it is
 * given. What it does not know stays as it is: whether it may be registered is the matter of `service check`.
 */
export function importOpenapi(document: JsonObject): Imported {
  const notes: ImportNote[] = []
  const visit = (value: JsonValue, pointer: string, isNames: boolean): JsonValue => {
    if (Array.isArray(value)) return value.map((item: JsonValue, n) => visit(item, `${pointer}/${n}`, false))
    if (!isObject(value)) return value
    const entries = Object.entries(value).map(([name, inner]): readonly [string, JsonValue] => {
      const at = `${pointer}/${escapeToken(name)}`
      if (!isNames && VALUES.has(name)) return [name, inner]
      if (name === '$ref' && typeof inner === 'string' && !inner.startsWith('#'))
        notes.push({ pointer: at, message: 'leaves the document: put what it names under components' })
      return [name, visit(inner, at, !isNames && NAMING.has(name))]
    })
    const copy = Object.fromEntries(entries)
    return isNames ? copy : migrate(copy, pointer, notes)
  }
  const visited = visit(document, '', false) as JsonObject
  return { document: { ...visited, openapi: '3.1.0' }, notes: [...notes, ...missing(visited)] }
}

/** Their members are named by the author, and not keywords. */
const NAMING: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'schemas',
  'paths',
  'responses',
  'parameters',
])

function migrate(schema: JsonObject, pointer: string, notes: ImportNote[]): JsonObject {
  const result: Record<string, JsonValue> = { ...schema }
  const tell = (message: string): void => void notes.push({ pointer, message })
  if (isSchemaLike(schema)) {
    for (const name of DROPPED) if (name in result) delete result[name]
    bound(result, 'exclusiveMinimum', 'minimum')
    bound(result, 'exclusiveMaximum', 'maximum')
    if (result.format === 'binary' || result.format === 'byte') delete result.format
  }
  if (result.nullable !== undefined) nullable(result, tell)
  return result
}

const isSchemaLike = (value: JsonObject): boolean =>
  ['type', 'properties', 'allOf', 'anyOf', 'oneOf', 'minimum', 'maximum', 'nullable'].some(name => name in value)

/** 3.0: `minimum: 1, exclusiveMinimum: true`; 3.1: `exclusiveMinimum: 1`. */
function bound(schema: Record<string, JsonValue>, exclusive: string, inclusive: string): void {
  if (typeof schema[exclusive] !== 'boolean') return
  const limit = schema[inclusive]
  if (schema[exclusive] === true && limit !== undefined) {
    schema[exclusive] = limit
    delete schema[inclusive]
  } else delete schema[exclusive]
}

function nullable(schema: Record<string, JsonValue>, tell: (message: string) => void): void {
  const allowed = schema.nullable === true
  delete schema.nullable
  if (!allowed) return
  const { type } = schema
  // OpenAPI 3.0.3: nullable means something only beside a type of the same schema.
  if (typeof type !== 'string') return tell('nullable stood without a type and allowed nothing: taken out')
  schema.type = [type, 'null']
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...(schema.enum as JsonValue[]), null]
}

/** What a service here says and OpenAPI does not ask for. */
function missing(document: JsonObject): readonly ImportNote[] {
  return Object.entries(isObject(document.paths) ? document.paths : {}).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([method, operation]) => {
      if (!METHODS.has(method) || !isObject(operation)) return []
      return ['operationId', 'summary', 'x-summary-vi', 'x-classification']
        .filter(name => operation[name] === undefined)
        .map(name => ({ pointer: `/paths/${escapeToken(path)}/${method}`, message: `write ${name}` }))
    }),
  )
}

const METHODS: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'patch'])
