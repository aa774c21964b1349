import type { LaneName } from '../domain/gateway-id.ts'

/** All that can be wrong with a stored lane. */
export const FINDING_KINDS = [
  /** The lane has no head row. */
  'head-missing',
  /** A head (stored or kept) that the lane's key has not signed. */
  'unsigned-head',
  /** The head row differs from its checkpoint, or, where that is unsigned, from the leaves. */
  'head-mismatch',
  /** Fewer leaves at the end than the head says. */
  'size-mismatch',
  /** A gap between leaves. */
  'missing-leaf',
  /** Leaves beyond the head, twice, or out of order. */
  'extra-leaves',
  /** A leaf is not what was signed; at `index`, or in a run that begins there (the detail tells its end). */
  'leaf-changed-or-missing',
  /** A stored full tile is missing or differs from the leaves; `index` is the first leaf below the differing hash. */
  'tile-mismatch',
  /** The stored lane is shorter than the head kept on a gateway's own machine. */
  'head-behind-kept',
  /** The stored lane does not begin with what a kept head says. */
  'fork-of-kept',
  /** The same two for heads that others hold: the control lane, witnesses, receipts. */
  'head-behind-named',
  'fork-of-named',
] as const

export type FindingKind = (typeof FINDING_KINDS)[number]

/** One thing wrong with a stored lane, for people to act on. */
export interface Finding {
  readonly lane: LaneName
  readonly kind: FindingKind
  /** Leaf that it is about, where one can be named. */
  readonly index?: number
  readonly detail: string
}
