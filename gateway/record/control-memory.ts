import type { ControlKind } from './kinds.ts'
import { numberOf, readLeaf, type StoredRecord } from './read-leaf.ts'

/** A leaf of the control lane with its place. */
export interface PlacedLeaf {
  readonly index: number
  readonly leaf: Uint8Array
}

/**
 * Which records whoever goes on with the control lane has to know. The others are nearly all there are: heads come every few seconds.
 * `newest`: of those that carry a number, the last one, which says how far numbering has come.
 */
const REMEMBERED = {
  key: 'each',
  lane: 'each',
  unresolved: 'each',
  revision: 'newest',
  officer: 'newest',
  read: 'newest',
  alert: 'newest',
  heads: 'never',
  system: 'never',
} as const satisfies Record<ControlKind, 'each' | 'newest' | 'never'>

const howToRemember = ({ kind }: StoredRecord): 'each' | 'newest' | 'never' =>
  kind in REMEMBERED ? REMEMBERED[kind as ControlKind] : 'never'

/** What of the control lane its next writer has to know: a few leaves of many, so that a start need not read the whole lane. */
export class ControlMemory {
  #size: number
  readonly #each: PlacedLeaf[] = []
  readonly #newest = new Map<string, PlacedLeaf>()

  /** `entries`: what `entries` returned of a memory of this size. */
  constructor(size = 0, entries: readonly PlacedLeaf[] = []) {
    this.#size = 0
    for (const { index, leaf } of entries) this.take(index, leaf)
    this.#size = size
  }

  /** Leaves below this have been taken. */
  get size(): number {
    return this.#size
  }

  /** By rising index: taken again in this order they say the same. */
  get entries(): readonly PlacedLeaf[] {
    return [...this.#each, ...this.#newest.values()].sort((a, b) => a.index - b.index)
  }

  /** The next leaf. A RangeError where it is not behind all that were taken. */
  take(index: number, leaf: Uint8Array): void {
    if (index < this.#size) throw new RangeError(`leaf ${index} is not behind ${this.#size}`)
    this.#size = index + 1
    const record = readLeaf(leaf)
    if (!record.ok) return
    const how = howToRemember(record.value)
    if (how === 'each') this.#each.push({ index, leaf: Uint8Array.from(leaf) })
    if (how === 'newest' && numberOf(record.value, 'number') !== null)
      this.#newest.set(record.value.kind, { index, leaf: Uint8Array.from(leaf) })
  }
}
