import type { ConfigurationDocument } from '../configuration/document.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { VerifiedRevision } from '../snapshot/verify-revision.ts'

/** The revisions as the desk sees them: only those that verified. */
export interface RevisionSource {
  /** The newest stored revision. Null: it does not verify, or one before it does not. Rejects where the store cannot be asked. */
  newest(): Promise<VerifiedRevision | null>
  /** What the configuration was at this revision; null: there is none of that number, or it does not verify. */
  documentAt(number: RevisionNumber): Promise<ConfigurationDocument | null>
}
