/** Why a record was not confirmed. In all cases the caller must let nothing cross. */
export type UnavailableReason =
  | 'dead'
  | 'closed'
  | 'too-many-waiting'
  /** The caller's time is over; the record may be committed, or be committed later. */
  | 'waited-too-long'
  /** The signer failed: nothing was written. */
  | 'not-signed'

/** A record could not be confirmed as durable (503 `audit-unavailable`). */
export class AuditUnavailable extends Error {
  override readonly name = 'AuditUnavailable'
  readonly code = 'audit-unavailable'
  readonly reason: UnavailableReason

  constructor(reason: UnavailableReason, detail: string, cause?: unknown) {
    super(`${reason}: ${detail}`, { cause })
    this.reason = reason
  }
}
