import { encodeBase64 } from '../../log/base64.ts'
import { parseCheckpoint } from '../../log/checkpoint.ts'
import type { Recovery, TreeHead } from '../../snapshot/recovery.ts'
import { KEPT_HEAD } from './describe-conflict.ts'

/**
 * Whether two officers gave up what this machine kept of the control lane, so that it goes on from the stored head: they named that
 * head, and a kept one that is not behind this one. What was kept since is none of what they gave up.
 */
export function givesUp({ goesOnFrom, conflicts }: Recovery, stored: TreeHead, keptNote: string): boolean {
  const kept = parseCheckpoint(keptNote)
  if (!kept.ok || goesOnFrom.size !== stored.size || goesOnFrom.root !== stored.root) return false
  const root = encodeBase64(kept.value.root)
  if (kept.value.size === stored.size && root === stored.root) return false
  return conflicts.some(
    ({ witness, held }) =>
      witness === KEPT_HEAD &&
      (kept.value.size < held.size || (kept.value.size === held.size && (held.root === null || held.root === root))),
  )
}
