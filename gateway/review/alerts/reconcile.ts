import { type Condition, keyOf } from './condition.ts'

/** An alert that has not ended. */
export interface OpenAlert {
  readonly id: string
  readonly rule: string
  readonly subject: string
}

export interface Reconciled<A extends OpenAlert> {
  /** Once each. */
  readonly raised: readonly Condition[]
  readonly ended: readonly A[]
}

/** What has begun and what is over, between the alerts that are open and what is so now. */
export function reconcile<A extends OpenAlert>(open: readonly A[], conditions: readonly Condition[]): Reconciled<A> {
  const present = new Map(conditions.map(condition => [keyOf(condition), condition]))
  const known = new Set(open.map(keyOf))
  return {
    raised: [...present].filter(([key]) => !known.has(key)).map(([, condition]) => condition),
    ended: open.filter(alert => !present.has(keyOf(alert))),
  }
}
