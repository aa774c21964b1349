import type { Agreement } from './objects.ts'
import type { Entry, Report } from './report.ts'

/**
 * At most one agreement is in force per (consumer, operation, purpose) at any time. Only the windows of validity are compared:
 * hours are no excuse (they change with the clocks of a zone, and nobody reads two tables of them as disjoint), and a
 * suspended agreement counts, because it could be taken up again at any time.
 */
export function checkOverlaps(agreements: readonly Entry<Agreement>[], report: Report): void {
  for (const pair of groupBy(agreements, ({ value }) => [`${value.consumer} ${value.service}`]))
    if (pair.length > 1) for (const group of groupBy(pair, grantsOf)) checkGroup(group, report)
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
