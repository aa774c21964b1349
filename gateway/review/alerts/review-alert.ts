import type { Officer } from '../../configuration/objects.ts'
import type { Instant } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Alert, AlertStore } from './alert-store.ts'

/** Why an officer may not review an alert. */
export type ReviewRefusal = 'not-found' | 'not-entitled' | 'no-review-needed' | 'already-reviewed' | 'own-act'

const REVIEWERS: readonly string[] = ['security-officer', 'auditor']

/** Null: this officer may review it. Who signed what it is about does not: four eyes see to an emergency too. */
export function whyNotReview(alert: Alert, { id, roles }: Pick<Officer, 'id' | 'roles'>): ReviewRefusal | null {
  if (!roles.some(role => REVIEWERS.includes(role))) return 'not-entitled'
  if (alert.review === 'none') return 'no-review-needed'
  if (alert.reviewedAt !== null) return 'already-reviewed'
  return alert.officers.includes(id) ? 'own-act' : null
}

/** Writes down that this officer has looked at an alert, and what came of it. Durable, and on its way to the log, once resolved. */
export async function reviewAlert(
  store: Pick<AlertStore, 'read' | 'review'>,
  id: string,
  officer: Pick<Officer, 'id' | 'roles'>,
  note: string,
  now: Instant,
): Promise<Result<Alert, ReviewRefusal>> {
  const alert = await store.read(id)
  if (alert === null) return err('not-found')
  const refusal = whyNotReview(alert, officer)
  if (refusal !== null) return err(refusal)
  if (!(await store.review(alert, officer.id, note, now))) return err('already-reviewed')
  return ok({ ...alert, reviewedAt: now, reviewer: officer.id, note })
}

const DAY_MICROS = 86_400_000_000

/** A review is due within a day of the alert, and asked for again each day behind that. */
export const isOverdue = (alert: Alert, now: Instant): boolean =>
  alert.review === 'needed' && alert.reviewedAt === null && now - (alert.remindedAt ?? alert.raisedAt) >= DAY_MICROS
