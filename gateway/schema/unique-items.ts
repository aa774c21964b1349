import type { JsonValue } from './json-value.ts'

/**
 * JSON Schema Validation section 6.4.3, in linear time: Ajv's own compares every pair of objects and arrays, which is an hour
 * for a body of 10 MiB.
 */
export function hasUniqueItems(items: readonly JsonValue[]): boolean {
  const seen = new Set<JsonValue>()
  for (const item of items) {
    // The quote keeps a text from meeting the canonical text of a container.
    const key = typeof item === 'string' ? `"${item}` : typeof item === 'object' ? canonical(item) : item
    if (seen.has(key)) return false
    seen.add(key)
  }
  return true
}

// Equal values have equal texts: the members' order does not matter (JSON Schema Core section 4.2.2).
function canonical(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const object = value as { readonly [member: string]: JsonValue }
  const members = Object.keys(object).sort()
  return `{${members.map(name => `${JSON.stringify(name)}:${canonical(object[name] as JsonValue)}`).join()}}`
}
