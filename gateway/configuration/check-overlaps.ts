import type { Agreement } from './objects.ts'
import type { Entry, Parsed, Report } from './report.ts'

/**
 * At most one agreement is in force per (consumer, operation, purpose) at any time. Only the windows of validity are compared:
 * hours are no excuse (they change with the clocks of a zone, and nobody reads two tables of them as disjoint), and a
 * suspended agreement counts, because it could be taken up again at any time.
 */
export function checkOverlaps(agreements: Parsed<Agreement>, report: Report): void {
  for (const pair of groupBy(touched(agreements), ({ value }) => [pairOf(value)]))
    if (pair.length > 1) for (const group of groupBy(pair, grantsOf)) checkGroup(group, report)
}

const pairOf = ({ consumer, service }: Agreement): string => `${consumer} ${service}`

/** Those between which a fresh one could have come. */
function touched({ values, fresh, pointerOf }: Parsed<Agreement>): readonly Entry<Agreement>[] {
  if (fresh.length === values.length) return fresh
  const [consumers, pairs] = [new Set<string>(), new Set<string>()]
  for (const { value } of fresh) {
    consumers.add(value.consumer)
    pairs.add(pairOf(value))
  }
  return values.flatMap((value, position) =>
    consumers.has(value.consumer) && pairs.has(pairOf(value)) ? [{ value, pointer: pointerOf(position) }] : [],
  )
}

/** Pairs of operation and purpose: what only one agreement may grant at a time. */
const grantsOf = ({ value }: Entry<Agreement>): readonly string[] =>
  value.operations.flatMap(({ name }) => value.purposes.map(purpose => `${name} for ${purpose}`))

/** Sorted by beginning, each is compared with the one that ends last so far: linear, and every overlap is told at least once. */
function checkGroup(group: readonly Entry<Agreement>[], report: Report): void {
  const [first, ...later] = group.toSorted((a, b) => a.value.from - b.value.from)
  if (!first) return
  let longest = first
  for (const entry of later) {
    if (entry.value.from < longest.value.until)
      report(
        `${entry.pointer}/valid`,
        `overlaps with the agreement ${longest.value.id} for the same consumer, operation and purpose: only one may be in force at any time`,
      )
    if (entry.value.until > longest.value.until) longest = entry
  }
}

function groupBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Iterable<readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items)
    for (const key of keysOf(item)) {
      const group = groups.get(key)
      if (group) group.push(item)
      else groups.set(key, [item])
    }
  return groups.values()
}
