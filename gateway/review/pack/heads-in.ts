import type { LaneHead } from '../../record/control-record.ts'
import type { StoredRecord } from '../../record/read-leaf.ts'

/**
 * The heads that a record of the control lane vouches for: of a `heads` record all, of a `sealed` one its own, unless the lane was
 * found damaged, which is a finding and no word for it. Attacker-controlled fields: what is no head is left out.
 */
export function headsIn({ kind, fields }: StoredRecord): readonly LaneHead[] {
  const named: unknown =
    kind === 'heads'
      ? fields.heads
      : kind === 'lane' && fields.event === 'sealed' && fields.why !== 'damaged'
        ? [fields.head]
        : []
  return Array.isArray(named) ? named.filter(isHead) : []
}

function isHead(value: unknown): value is LaneHead {
  const { lane, size, root } = (value ?? {}) as Record<string, unknown>
  return (
    typeof lane === 'string' && Number.isSafeInteger(size) && typeof root === 'string' && /^[0-9a-f]{64}$/.test(root)
  )
}
