import { formatInstant, type Instant } from '../domain/instant.ts'
import type { Alert, AlertState } from '../review/alerts/alert-store.ts'
import { reviewAlert } from '../review/alerts/review-alert.ts'
import { answer, type Handler, numberOf, PAGE, refuse, textOf } from './outcome.ts'

export const listAlerts: Handler = async call => {
  const { state = 'open', cursor = null } = call.parameters
  const query = { state: state as AlertState, cursor: cursor as string | null, limit: numberOf(call, 'limit', PAGE) }
  const page = await call.ports.alerts.list(query)
  return answer({ alerts: page.alerts.map(showAlert), cursor: page.cursor })
}

export const reviewOneAlert: Handler = async call => {
  const { note } = call.body as { readonly note: string }
  const reviewed = await reviewAlert(call.ports.alerts, textOf(call, 'alert'), call.officer, note, call.now)
  if (reviewed.ok) return answer(showAlert(reviewed.value))
  if (reviewed.error === 'not-found' || reviewed.error === 'not-entitled') return refuse(reviewed.error)
  return refuse('alert-state', WHY[reviewed.error])
}

const WHY = {
  'no-review-needed': 'It needs no review: it ends by itself.',
  'already-reviewed': 'Somebody has reviewed it already.',
  'own-act': 'You signed what it is about: another officer reviews it.',
} as const

const time = (at: Instant | null): string | null => (at === null ? null : formatInstant(at))

/** As the API and the command show it. */
export const showAlert = (alert: Alert): Record<string, unknown> => ({
  id: alert.id,
  rule: alert.rule,
  subject: alert.subject,
  detail: alert.detail,
  raisedAt: formatInstant(alert.raisedAt),
  endedAt: time(alert.endedAt),
  review: alert.review,
  reviewedAt: time(alert.reviewedAt),
  reviewer: alert.reviewer,
  note: alert.note,
})
