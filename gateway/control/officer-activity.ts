import type { Officer } from '../configuration/objects.ts'
import { type Instant, parseInstant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'

/** 45 days without an act or a login: the desk takes no word of the officer any more, until two others say so. Microseconds. */
export const IDLE_AFTER = 45 * 24 * 60 * 60 * 1_000_000

/** Below this number of active security officers one that is ill stops every change. */
export const FEWEST_SECURITY_OFFICERS = 3

/** When an officer counts as seen last: by act, login, or the start of the day (UTC) of a recovery. A day to come counts nothing. */
export function lastSeen({ recoveredOn }: Officer, seenAt: Instant, now: Instant): Instant {
  const recovered = recoveredOn === null ? null : parseInstant(`${recoveredOn}T00:00:00Z`)
  return recovered?.ok && recovered.value <= now && recovered.value > seenAt ? recovered.value : seenAt
}

export const isIdle = (officer: Officer, seenAt: Instant, now: Instant): boolean =>
  now - lastSeen(officer, seenAt, now) > IDLE_AFTER

/** Security officers who may act now. One without an entry has not been seen yet, and counts from now on. */
export const activeSecurityOfficers = (
  officers: readonly Officer[],
  seen: ReadonlyMap<OfficerId, Instant>,
  now: Instant,
): readonly OfficerId[] =>
  officers
    .filter(({ roles, disabled }) => roles.includes('security-officer') && !disabled)
    .filter(officer => !isIdle(officer, seen.get(officer.id) ?? now, now))
    .map(({ id }) => id)
