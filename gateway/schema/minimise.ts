import { type Grant, grantOfItems, grantOfMember, isWhole } from './grant.ts'
import type { JsonObject, JsonValue } from './json-value.ts'
import { pointerTo } from './pointer.ts'

/**
 * Keeps only the granted fields. A container on the way to a granted field stays, empty where nothing in it is granted (`items: [{}, {}]`);
 * a member or item that is neither granted nor on the way goes, also where the schema requires it, and so does a scalar that stands
 * where a container was expected. A scalar document that is not granted becomes null.
 * Gives the same reference where nothing was removed, so that the bytes can be forwarded as they came; shares untouched parts.
 * @param value as `readJson` gave it: bounded in depth, no `__proto__`
 */
export function minimise(value: JsonValue, grant: Grant): JsonValue {
  const kept = keep(value, grant)
  return kept === undefined ? null : kept
}

/** Undefined: nothing stays, not even as an empty container. */
function keep(value: JsonValue, grant: Grant): JsonValue | undefined {
  if (isWhole(grant)) return value
  if (typeof value !== 'object' || value === null) return undefined
  return Array.isArray(value)
    ? keepItems(value as readonly JsonValue[], grant)
    : keepMembers(value as JsonObject, grant)
}

function keepItems(items: readonly JsonValue[], grant: Grant): readonly JsonValue[] {
  const inner = grantOfItems(grant)
  if (!inner) return items.length === 0 ? items : []
  // Copied from the first item that changes.
  let kept: JsonValue[] | null = null
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as JsonValue
    const now = keep(item, inner)
    if (now !== item) kept ??= items.slice(0, i)
    if (kept && now !== undefined) kept.push(now)
  }
  return kept ?? items
}

function keepMembers(object: JsonObject, grant: Grant): JsonObject {
  const kept: Record<string, JsonValue> = {}
  let same = true
  for (const name in object) {
    const member = object[name] as JsonValue
    const inner = grantOfMember(grant, name)
    const now = inner ? keep(member, inner) : undefined
    if (now !== member) same = false
    if (now !== undefined) kept[name] = now
  }
  return same ? object : kept
}

/**
 * The pointer (cleaned) of the first field of a request that is not granted, or null. Requests are refused, not stripped: the caller
 * would not know what was not sent. The same rule as `minimise`: a container on the way to granted fields is no field, nor is one
 * that is empty there.
 */
export function ungranted(value: JsonValue, grant: Grant): string | null {
  const path = firstUngranted(value, grant)
  return path && pointerTo(path)
}

function firstUngranted(value: JsonValue, grant: Grant | null): (string | number)[] | null {
  if (!grant) return []
  if (isWhole(grant)) return null
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    const inner = grantOfItems(grant)
    for (let i = 0; i < value.length; i++) {
      const path = firstUngranted(value[i] as JsonValue, inner)
      if (path) return [i, ...path]
    }
    return null
  }
  const object = value as JsonObject
  for (const name in object) {
    const path = firstUngranted(object[name] as JsonValue, grantOfMember(grant, name))
    if (path) return [name, ...path]
  }
  return null
}
