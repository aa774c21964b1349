import { formatInstant } from '../../domain/instant.ts'
import type { Alert } from '../../review/alerts/alert-store.ts'

/** One line. */
export function lineOf({ id, rule, subject, detail, raisedAt, endedAt, review, reviewer, note }: Alert): string {
  const reviewed = reviewer === null ? 'waits for a review' : `reviewed by ${reviewer}: ${JSON.stringify(note)}`
  return [
    id,
    `${rule}: ${subject}`,
    detail,
    `since ${formatInstant(raisedAt)}`,
    endedAt === null ? 'open' : `ended ${formatInstant(endedAt)}`,
    review === 'needed' ? reviewed : null,
  ]
    .filter(part => part !== null)
    .join('  ')
}
