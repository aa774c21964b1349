import type { Conflict } from '../configuration/edits.ts'
import type { ChangeId } from '../domain/change-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { ChangeSignature, ChangeText } from '../snapshot/change.ts'

/** Life cycle: draft -> proposed -> approved -> applied; the last three end a change too. */
export const CHANGE_STATES = [
  'draft',
  'proposed',
  'approved',
  'applied',
  'rejected',
  'withdrawn',
  'superseded',
] as const
export type ChangeState = (typeof CHANGE_STATES)[number]

/** A change on the desk. What the data plane obeys is what becomes of `text` and `signatures`; the rest serves people. */
export interface StoredChange {
  readonly id: ChangeId
  /** From 1, one higher with each act: its ETag. */
  readonly version: number
  readonly state: ChangeState
  readonly text: ChangeText
  /** Everyone who wrote it, the first one first. None of them may approve it. */
  readonly authors: readonly OfficerId[]
  /** Null before it is proposed, and again behind each edit. */
  readonly proposer: OfficerId | null
  /** Empty also where one officer's word is enough: what only takes away. */
  readonly approvers: readonly OfficerId[]
  readonly signatures: readonly ChangeSignature[]
  /** Why it was rejected or superseded, in words. */
  readonly why: string | null
  /** Superseded by these: what was changed by others meanwhile. */
  readonly conflicts: readonly Conflict[]
  /** The revision that it made. */
  readonly revision: RevisionNumber | null
  readonly createdAt: Instant
  readonly changedAt: Instant
}
