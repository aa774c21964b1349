import { SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from '../../configuration/schema-keywords.ts'
import { isObject, type JsonValue } from '../json-value.ts'
import type { Schema } from '../schema-tree.ts'

/** They say nothing of a value (JSON Schema Core 8.2 and 8.3, Validation 8 and 9; OpenAPI 3.1 section 4.8.24). */
const SILENT: ReadonlySet<string> = new Set([
  ...['title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly', 'examples', '$comment'],
  ...['$schema', '$id', 'contentEncoding', 'contentMediaType', 'contentSchema'],
  ...['example', 'externalDocs', 'xml'],
])

/** The same schema with nothing in it but what values are checked by. */
export function withoutAnnotations(schema: Schema): Schema {
  if (typeof schema === 'boolean') return schema
  const kept = Object.entries(schema).filter(([keyword]) => !SILENT.has(keyword) && !keyword.startsWith('x-'))
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, within(keyword, value)]))
}

function within(keyword: string, value: JsonValue): JsonValue {
  const visit = (inner: JsonValue): JsonValue =>
    typeof inner === 'boolean' || isObject(inner) ? withoutAnnotations(inner) : inner
  if (SCHEMA_KEYWORDS.has(keyword)) return visit(value)
  if (SCHEMA_LIST_KEYWORDS.has(keyword) && Array.isArray(value)) return value.map(visit)
  if ((SCHEMA_MAP_KEYWORDS.has(keyword) || keyword === '$defs' || keyword === 'definitions') && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, visit(inner)]))
  return value
}
