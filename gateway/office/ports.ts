import type { IncomingMessage } from 'node:http'
import type { Officer } from '../configuration/objects.ts'
import type { ChangeDesk } from '../control/change-desk.ts'
import type { ChangeStore } from '../control/change-store.ts'
import type { CreationStore } from '../control/creation-store.ts'
import type { RevisionSource } from '../control/revision-source.ts'
import type { ChangeId } from '../domain/change-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { Result } from '../domain/result.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { StoredRevision } from '../snapshot/revision-text.ts'
import type { VerifiedRevision } from '../snapshot/verify-revision.ts'

/** Who calls, by the key of the connection, under the newest revision that verifies. */
export interface Caller {
  readonly officer: Officer
  readonly newest: VerifiedRevision
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
  readonly revisions: RevisionSource
  /** Stored revisions [from, to] in order, perhaps fewer. Not verified. */
  readonly readRevisions: (
    from: number,
    to: number,
  ) => Promise<readonly (StoredRevision & { readonly createdAt: Date })[]>
  readonly now: () => Instant
  readonly onFault: (thrown: unknown) => void
}
