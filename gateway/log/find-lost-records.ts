import type { LaneName } from '../domain/gateway-id.ts'
import { parseCheckpoint } from './checkpoint.ts'
import type { StoredHead } from './lane-store.ts'

/** Records that were confirmed to callers and that the database does not hold any more: those of [stored, kept). */
export interface LostRecords {
  readonly lane: LaneName
  /** Leaves that the head row says; null: the lane has no row any more. */
  readonly stored: number | null
  /** Leaves of the newest head that this machine kept. */
  readonly kept: number
}

/**
 * Compares the heads kept on this machine with the stored ones. `kept` has to be read before `stored`: a lane grows in between. Only
 * sizes are looked at, so it is quick and finds what a failover or a backup put back has lost; `verifyLane` finds everything else.
 */
export function findLostRecords(
  kept: ReadonlyMap<LaneName, string>,
  stored: readonly (Pick<StoredHead, 'size'> & { readonly name: LaneName })[],
): readonly LostRecords[] {
  const sizes = new Map(stored.map(({ name, size }) => [name, size]))
  return [...kept].flatMap(([lane, checkpoint]) => {
    const head = parseCheckpoint(checkpoint)
    const size = sizes.get(lane) ?? null
    return head.ok && head.value.size > (size ?? 0) ? [{ lane, stored: size, kept: head.value.size }] : []
  })
}
