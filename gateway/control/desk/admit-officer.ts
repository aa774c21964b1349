import type { Officer } from '../../configuration/objects.ts'
import type { Instant } from '../../domain/instant.ts'
import type { OfficerId } from '../../domain/officer-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { DeskRefusal } from '../desk-refusal.ts'
import { isIdle, lastSeen } from '../officer-activity.ts'

/** Whether this officer of the newest revision may act at the desk at all. `seenAt` is asked for known, enabled officers only. */
export async function admitOfficer(
  id: OfficerId,
  officers: readonly Officer[],
  seenAt: (id: OfficerId) => Promise<Instant>,
  now: Instant,
): Promise<Result<Officer, DeskRefusal>> {
  const officer = officers.find(candidate => candidate.id === id)
  if (!officer) return err({ reason: 'not-entitled', detail: 'no officer of the newest revision' })
  if (officer.disabled) return err({ reason: 'officer-disabled' })
  const seen = await seenAt(id)
  return isIdle(officer, seen, now)
    ? err({ reason: 'officer-idle', seenAt: lastSeen(officer, seen, now) })
    : ok(officer)
}
