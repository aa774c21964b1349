import type { Edit } from '../configuration/edits.ts'
import type { Brand } from '../domain/brand.ts'
import type { ChangeId } from '../domain/change-id.ts'
import type { Digest } from '../domain/digest.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import type { ReplayReport } from './replay-tally.ts'

/** UUIDv7 of one replay that is kept. */
export type ReplayId = Brand<string, 'ReplayId'>

/** Life: waiting -> running -> one of the others. `partial`: its time was over before the log was. */
export type ReplayState = 'waiting' | 'running' | 'done' | 'partial' | 'cancelled' | 'failed'

/** What is to be replayed, and under what. */
export interface ReplayRequest {
  readonly id: ReplayId
  /** Null: begun by itself, for a proposal. */
  readonly officer: OfficerId | null
  readonly candidate: ReplayCandidate
  /** When the records were written, half-open. */
  readonly from: Instant
  readonly to: Instant
  readonly createdAt: Instant
}

export type ReplayCandidate =
  | { readonly kind: 'newest' }
  /** `digest`: changeDigest of the very text that is replayed, as its proposer signs it. Of another text it says nothing. */
  | { readonly kind: 'change'; readonly change: ChangeId; readonly digest: Digest }
  | { readonly kind: 'edits'; readonly edits: readonly Edit[] }

/** A replay as it stands. */
export interface StoredReplay extends ReplayRequest {
  readonly state: ReplayState
  readonly attempt: number
  /** Records read so far, and how many there are; null: not known yet. */
  readonly read: number
  readonly size: number | null
  /** The revision that the candidate stands on; null: it has not begun. */
  readonly revision: number | null
  /** Differences that are kept one by one: the first ones. All of them are counted in the report. */
  readonly kept: number
  /** What it found; null: it has not ended, or failed. */
  readonly report: ReplayReport | null
  /** Why it failed. */
  readonly why: string | null
}

/** How one ends. */
export interface ReplayEnd {
  readonly state: 'done' | 'partial' | 'failed'
  readonly report: ReplayReport | null
  readonly why: string | null
}

/** Lines of JSON text, each one difference. */
export interface DifferencePage {
  readonly lines: readonly string[]
  /** Number of the one behind the last; null: there are no more by now. */
  readonly cursor: number | null
}

/** The replays that the office keeps; `edge/postgres` provides it. Each write is durable once resolved, a rejection means in doubt. */
export interface ReplayStore {
  /** Nothing where this id is there already, or where the proposal has its replay: of two at a time one counts. */
  insert(request: ReplayRequest): Promise<void>
  read(id: ReplayId): Promise<StoredReplay | null>
  /** That of exactly this text of a proposal. */
  ofProposal(change: ChangeId, digest: Digest): Promise<StoredReplay | null>
  /** How many that officers asked for are waiting or running. */
  countOpen(): Promise<number>
  /** False: it had ended. Whoever is at it stops within seconds. */
  cancel(id: ReplayId): Promise<boolean>
  /** Differences from this number on, at most so many. */
  differences(replay: Pick<StoredReplay, 'id' | 'attempt'>, from: number, limit: number): Promise<DifferencePage>
}

/** What whoever works at a replay needs beside. Each call but `claim` is of one attempt, and false once that is nobody's any more. */
export interface ReplayWork {
  /** The next one to be worked at, those that officers wait for first; also one whose process has gone. Null: none. */
  claim(): Promise<StoredReplay | null>
  /** Tells others that this process is alive and at it. */
  beat(attempt: ReplayAttempt): Promise<boolean>
  progress(
    attempt: ReplayAttempt,
    progress: { readonly read: number; readonly size: number; readonly revision: number },
  ): Promise<boolean>
  keep(attempt: ReplayAttempt, first: number, lines: readonly string[]): Promise<void>
  end(attempt: ReplayAttempt, end: ReplayEnd): Promise<boolean>
  /** Somebody else may go on with it at once. */
  giveBack(attempt: ReplayAttempt): Promise<void>
}

export type ReplayAttempt = Pick<StoredReplay, 'id' | 'attempt'>
