import type { Instant } from '../../domain/instant.ts'
import type { OfficerId } from '../../domain/officer-id.ts'
import type { Condition } from './condition.ts'

/** One alert, as it is kept. */
export interface Alert {
  /** UUIDv7. */
  readonly id: string
  readonly rule: string
  readonly subject: string
  readonly detail: string
  readonly raisedAt: Instant
  /** Null: it is still so. */
  readonly endedAt: Instant | null
  readonly review: 'none' | 'needed'
  /** Who made what it is about, and therefore does not review it. */
  readonly officers: readonly string[]
  readonly remindedAt: Instant | null
  readonly reviewedAt: Instant | null
  readonly reviewer: OfficerId | null
  readonly note: string | null
}

export const ALERT_STATES = ['open', 'unreviewed', 'ended', 'all'] as const
export type AlertState = (typeof ALERT_STATES)[number]

export interface AlertQuery {
  /** `open`: has not ended. `unreviewed`: needs a review and has none, whether it has ended or not. */
  readonly state: AlertState
  /** Id of the last one seen; null: from the newest. */
  readonly cursor: string | null
  readonly limit: number
}

export interface AlertPage {
  readonly alerts: readonly Alert[]
  readonly cursor: string | null
}

export interface Raising {
  readonly review: Alert['review']
  readonly isOnce: boolean
}

/** What keeps alerts; `edge/postgres` provides it. Each step is durable, and on its way to the control lane, once it resolved. */
export interface AlertStore {
  /** Those that have not ended, and those that wait for a review. */
  pending(): Promise<readonly Alert[]>
  list(query: AlertQuery): Promise<AlertPage>
  read(id: string): Promise<Alert | null>
  /** False: one with the same rule and subject is open already, or, where it is raised but once, was there ever. */
  raise(id: string, condition: Condition, how: Raising, at: Instant): Promise<boolean>
  end(alert: Alert, at: Instant): Promise<void>
  remind(alert: Alert, at: Instant): Promise<void>
  /** False: it has been reviewed in between. */
  review(alert: Alert, officer: OfficerId, note: string, at: Instant): Promise<boolean>
}
