import { isObject, type JsonValue } from '../json-value.ts'
import { referenced, type Schema } from '../schema-tree.ts'

/**
 * Whether two parts of two documents are written alike, references followed, each in its own document. Written alike means the same;
 * what means the same in other words is not recognised.
 */
export function sameMeaning(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
  rootOfA: Schema,
  rootOfB: Schema,
): boolean {
  /** Pairs of referenced schemas under way: a loop in both that differs nowhere is the same. */
  const open = new Map<Schema, Set<Schema>>()
  const same = (x: JsonValue | undefined, y: JsonValue | undefined): boolean => {
    if (x === y) return typeof x !== 'object' || x === null || rootOfA === rootOfB
    if (Array.isArray(x))
      return (
        Array.isArray(y) &&
        x.length === y.length &&
        (x as readonly JsonValue[]).every((item, i) => same(item, y[i] as JsonValue))
      )
    if (!isObject(x) || !isObject(y)) return false
    const names = Object.keys(x)
    if (names.length !== Object.keys(y).length || !names.every(name => Object.hasOwn(y, name))) return false
    return names.every(name =>
      name === '$ref' && typeof x.$ref === 'string' ? sameTarget(x, y) : same(x[name], y[name]),
    )
  }
  const sameTarget = (x: Schema, y: Schema): boolean => {
    const [left, right] = [referenced(rootOfA, x), referenced(rootOfB, y)]
    if (left === undefined || right === undefined) return false
    const pairs = open.get(left) ?? new Set()
    if (pairs.has(right)) return true
    open.set(left, pairs.add(right))
    return same(left, right)
  }
  return same(a, b)
}
