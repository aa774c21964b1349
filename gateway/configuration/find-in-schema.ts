import { isObject, type SchemaObject } from './schema-keywords.ts'

const ALTERNATIVES = ['allOf', 'anyOf', 'oneOf'] as const
const CONDITIONALS = ['then', 'else'] as const

/**
 * Whether a field that JSON Pointer tokens name (`*` for every item of an array) is described somewhere in a self-contained
 * schema. Looked for in properties, patternProperties, additionalProperties, items and prefixItems, through `$ref`, allOf,
 * anyOf, oneOf, then, else and dependentSchemas. An open object alone describes nothing.
 */
export function isDescribed(root: unknown, tokens: readonly string[]): boolean {
  let schemas = spread([root], root)
  for (const token of tokens) {
    schemas = spread(
      [...schemas].flatMap(schema => step(schema, token)),
      root,
    )
    if (schemas.size === 0) return false
  }
  return true
}

/** The schemas and all that apply to the same value; each once, so that recursive ones end. */
function spread(schemas: readonly unknown[], root: unknown): ReadonlySet<SchemaObject> {
  const reached = new Set<SchemaObject>()
  const open = [...schemas]
  while (open.length > 0) {
    const schema = open.pop()
    if (!isObject(schema) || reached.has(schema)) continue
    reached.add(schema)
    if (typeof schema['$ref'] === 'string') open.push(definition(root, schema['$ref']))
    for (const keyword of ALTERNATIVES)
      if (Array.isArray(schema[keyword])) open.push(...(schema[keyword] as readonly unknown[]))
    for (const keyword of CONDITIONALS) open.push(schema[keyword])
    if (isObject(schema['dependentSchemas'])) open.push(...Object.values(schema['dependentSchemas']))
  }
  return reached
}

/** Embedded schemas refer only to `#/$defs/Name`. */
function definition(root: unknown, reference: string): unknown {
  const definitions = isObject(root) ? root['$defs'] : undefined
  const name = reference.slice('#/$defs/'.length)
  return isObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined
}

function step(schema: SchemaObject, token: string): readonly unknown[] {
  const { properties, patternProperties, additionalProperties, items, prefixItems } = schema
  const asItem =
    token === '*' ? [items, ...(Array.isArray(prefixItems) ? (prefixItems as readonly unknown[]) : [])] : []
  if (isObject(properties) && Object.hasOwn(properties, token)) return [...asItem, orAny(properties[token])]
  // Patterns are not matched here: they are attacker-controlled, and only the room `schema` runs them in linear time.
  const byPattern = isObject(patternProperties) ? Object.values(patternProperties) : []
  return [...asItem, ...byPattern, ...(isObject(additionalProperties) ? [additionalProperties] : [])]
}

/** `true` describes a field, as does `{}`; `false` forbids it. */
const orAny = (schema: unknown): unknown => (schema === true ? {} : schema)
