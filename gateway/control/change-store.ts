import type { ChangeId } from '../domain/change-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import type { OfficerEvent, ReadEvent } from '../record/control-record.ts'
import type { StoredRevision } from '../snapshot/revision-text.ts'
import type { ChangeState, StoredChange } from './stored-change.ts'

/** One page of changes, the newest first. */
export interface ChangeQuery {
  /** Null: all. */
  readonly state: ChangeState | null
  /** The id of the last one seen; null: from the newest. */
  readonly cursor: ChangeId | null
  readonly limit: number
}

export interface ChangePage {
  readonly changes: readonly StoredChange[]
  /** Null: there are no more. */
  readonly cursor: ChangeId | null
}

/**
 * What the change desk needs from storage; `edge/postgres` provides it. Each write is one transaction, durable once resolved, and
 * holds the officer's event: there is no act without its record. A rejection means in doubt: read the change again.
 */
export interface ChangeStore {
  read(id: ChangeId): Promise<StoredChange | null>
  list(query: ChangeQuery): Promise<ChangePage>
  insert(change: StoredChange, event: OfficerEvent): Promise<void>
  /** Compare-and-swap on the version before; false: somebody else was first, nothing was written. */
  replace(change: StoredChange, event: OfficerEvent): Promise<boolean>
  /** The same, with the next revision. `taken`: another revision came first, nothing was written. */
  apply(change: StoredChange, revision: StoredRevision, event: OfficerEvent): Promise<'applied' | 'stale' | 'taken'>
  /** An act that changed nothing: it was refused, or it only read; a read of the log is one of its own kind. */
  note(event: OfficerEvent | ReadEvent): Promise<void>
  /** Ids of approved changes that may be applied by now, in the order in which they are due. */
  due(at: Instant, limit: number): Promise<readonly ChangeId[]>
  /** When this officer was last seen; one that nobody has seen yet counts from now on. */
  seenAt(officer: OfficerId, now: Instant): Promise<Instant>
  /** When each officer was last seen that was seen at all. */
  activity(): Promise<ReadonlyMap<OfficerId, Instant>>
  /** The officer acts or has logged in. */
  touch(officer: OfficerId, at: Instant): Promise<void>
}
