/**
 * A deep, frozen copy of a value made of plain objects, lists and maps: what the caller keeps of its input changes nothing.
 * No member is called `__proto__`: findUnplain has seen to it.
 */
export function frozenCopy<T>(value: T): T {
  return copy(value) as T
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(copy))
  // Freezing a map would not stop `set`; its type is read-only.
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copy(item)]))
  const object = value as Readonly<Record<string, unknown>>
  const made: Record<string, unknown> = {}
  for (const key of Object.keys(object)) made[key] = copy(object[key])
  return Object.freeze(made)
}
