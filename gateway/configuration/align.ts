/**
 * How a list continues the one before. Both hold the same objects but for a few: what their beginnings and their ends have in
 * common is found by comparing references, which is all that is needed of 100,000 objects of which one has changed.
 */
export interface Alignment<T> {
  /** As many items at the beginning are the same, and as many at the end; they do not overlap. */
  readonly head: number
  readonly tail: number
  /** What lies between, in the list and in the one before. */
  readonly middle: readonly T[]
  readonly middleBefore: readonly T[]
}

export function align<T>(list: readonly T[], before: readonly T[]): Alignment<T> {
  const most = Math.min(list.length, before.length)
  let head = 0
  while (head < most && list[head] === before[head]) head++
  let tail = 0
  while (tail < most - head && list[list.length - 1 - tail] === before[before.length - 1 - tail]) tail++
  return {
    head,
    tail,
    middle: list.slice(head, list.length - tail),
    middleBefore: before.slice(head, before.length - tail),
  }
}

/** The items of either list that are not in the other. */
export function differing<T>(list: readonly T[], before: readonly T[]): { added: readonly T[]; removed: readonly T[] } {
  const { middle, middleBefore } = align(list, before)
  const [now, then] = [new Set(middle), new Set(middleBefore)]
  return { added: middle.filter(item => !then.has(item)), removed: middleBefore.filter(item => !now.has(item)) }
}
