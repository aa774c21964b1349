import type { IncomingMessage } from 'node:http'
import type { Officer } from '../configuration/objects.ts'
import type { ChangeDesk } from '../control/change-desk.ts'
import type { ChangeStore } from '../control/change-store.ts'
import type { CreationStore } from '../control/creation-store.ts'
import type { ChallengeStore, SessionStore } from '../control/session.ts'
import type { RevisionSource } from '../control/revision-source.ts'
import type { ChangeId } from '../domain/change-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import type { Result } from '../domain/result.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { AlertStore } from '../review/alerts/alert-store.ts'
import type { PackMaker } from '../review/pack/ports.ts'
import type { ReplayStore } from '../review/replay-store.ts'
import type { UsageReader } from '../review/usage-of-service.ts'
import type { StoredRevision } from '../snapshot/revision-text.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { VerifiedRevision } from '../snapshot/verify-revision.ts'

/** Who calls, by the key of the connection, under the newest revision that verifies. */
export interface Caller {
  readonly officer: Officer
  readonly newest: VerifiedRevision
}

/** How much one officer may ask for. */
export interface OfficerLimits {
  /** Lets a call in, to be released when it is answered, or says after how many seconds to come again. */
  admit(officer: OfficerId): Promise<{ readonly release: () => void } | { readonly retryAfter: number }>
}

/** What the office API needs of the world. Any of these rejects where the database cannot be asked: 500, and nothing is done or in doubt. */
export interface OfficePorts {
  /** An error is a code to answer with; the connection of one without an officer closes behind it. */
  readonly identify: (request: IncomingMessage) => Promise<Result<Caller, ProblemCode>>
  /** A desk whose new changes get this id. */
  readonly desk: (newChangeId: () => ChangeId) => ChangeDesk
  readonly newChangeId: () => ChangeId
  readonly changes: Pick<ChangeStore, 'note' | 'seenAt' | 'activity' | 'touch'>
  readonly creations: CreationStore
  readonly sessions: SessionStore
  readonly challenges: ChallengeStore
  readonly limits: OfficerLimits
  /** A call above the limits of its officer: counted, one record per officer and second. */
  readonly countHeld: (request: IncomingMessage, officer: OfficerId) => void
  readonly revisions: RevisionSource
  /** The revision compiled: what decides by it. */
  readonly snapshotOf: (newest: VerifiedRevision) => Snapshot
  readonly replays: ReplayStore
  readonly alerts: Pick<AlertStore, 'list' | 'read' | 'review'>
  /** A replay waits, or a proposal that is to carry one. */
  readonly onReplayAsked: () => void
  readonly usage: UsageReader
  readonly packs: PackMaker
  /** Stored revisions [from, to] in order, perhaps fewer. Not verified. */
  readonly readRevisions: (
    from: number,
    to: number,
  ) => Promise<readonly (StoredRevision & { readonly createdAt: Date })[]>
  readonly now: () => Instant
  readonly onFault: (thrown: unknown) => void
}
