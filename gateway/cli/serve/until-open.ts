import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationsLog } from '../../edge/operations-log.ts'

/** An office process endorses new lanes once a second. */
const PATIENCE_MILLIS = 10_000

/**
 * Waits until the lane of an exchange process is open, and no longer than that takes where an office process runs. Then the process
 * listens all the same: its callers are told 503, its operators by `/readyz` why, and it goes on by itself once there is one.
 */
export async function untilOpen(opening: Promise<void>, log: OperationsLog): Promise<void> {
  const giveUp = new AbortController()
  const late = sleep(PATIENCE_MILLIS, true, { signal: giveUp.signal }).catch(() => false)
  const isLate = await Promise.race([opening.then(() => false), late])
  giveUp.abort()
  if (!isLate) return
  log.warn(
    'nobody has endorsed the lane of this process for 10 s, so that nothing crosses: start `lienthong serve --role office` on the same database',
  )
  void opening.then(() => log.info('the lane of this process has been endorsed'))
}
