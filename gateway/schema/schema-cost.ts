import { referenced, type Schema, subschemas } from './schema-tree.ts'

/** Cost above which nobody needs to know more. */
const ENOUGH = 1e6

/**
 * How many subschemas may be applied to one place of a value, at most (an upper bound), for values up to `depth` deep:
 * the work for a body is its size times this. Infinity where a schema applies itself to the same value without end
 * (`{"$ref": "#"}`), which would exhaust the stack; very large where branches double with each level.
 */
export function costOf(root: Schema, depth: number): number {
  const together = new Map<Schema, ReadonlyMap<Schema, number> | 'open'>()
  const known: Map<Schema, number>[] = []

  /** The schemas applied to one value because `schema` is, each with how often. Null: without end. */
  const closure = (schema: Schema): ReadonlyMap<Schema, number> | null => {
    const earlier = together.get(schema)
    if (earlier === 'open') return null
    if (earlier) return earlier
    together.set(schema, 'open')
    const all = new Map([[schema, 1]])
    const parts = subschemas(schema)
      .filter(sub => sub.place === 'same')
      .map(sub => sub.schema)
    const target = referenced(root, schema)
    for (const part of target === undefined ? parts : [...parts, target]) {
      const inner = closure(part)
      if (!inner) return null
      for (const [sub, times] of inner) all.set(sub, Math.min((all.get(sub) ?? 0) + times, ENOUGH))
    }
    together.set(schema, all)
    return all
  }

  const cost = (schema: Schema, levels: number): number => {
    const cache = (known[levels] ??= new Map<Schema, number>())
    const earlier = cache.get(schema)
    if (earlier !== undefined) return earlier
    const all = closure(schema)
    if (!all) return Number.POSITIVE_INFINITY
    let here = 0
    // By member name; what holds for any member adds to each name.
    const below = new Map<string, number>()
    let anyMember = 0
    for (const [sub, times] of all) {
      here += times
      if (levels === 0) continue
      for (const { place, keyword, name, schema: inner } of subschemas(sub)) {
        if (place === 'same' || place === 'none') continue
        const each = times * cost(inner, levels - 1)
        if (place === 'member' && keyword !== 'properties') anyMember += each
        else {
          const label = place === 'member' ? `member ${name}` : place
          below.set(label, (below.get(label) ?? 0) + each)
        }
      }
    }
    const worst = Math.max(here, anyMember + Math.max(0, ...below.values()))
    const capped = worst === Number.POSITIVE_INFINITY ? worst : Math.min(worst, ENOUGH)
    cache.set(schema, capped)
    return capped
  }
  return cost(root, depth)
}
