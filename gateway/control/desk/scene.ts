import type { Officer } from '../../configuration/objects.ts'
import type { Instant } from '../../domain/instant.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { ChangeState, StoredChange } from '../stored-change.ts'

/** An officer at the desk, who may act there. */
export interface Scene {
  readonly actor: Officer
  /** What everything is judged by. */
  readonly newest: VerifiedRevision
  readonly now: Instant
}

/** The same, with the change in question. */
export interface ChangeScene extends Scene {
  readonly before: StoredChange
}

/** Acts on a change that is there, and the states that they start from. */
export const ALLOWED_IN = {
  edit: ['draft', 'proposed', 'approved'],
  propose: ['draft'],
  approve: ['proposed'],
  reject: ['proposed', 'approved'],
  withdraw: ['draft', 'proposed', 'approved'],
  apply: ['approved'],
} as const satisfies Record<string, readonly ChangeState[]>

export type ActOnChange = keyof typeof ALLOWED_IN
export type Act = ActOnChange | 'draft' | 'rollback' | 'recover' | 'supersede'
