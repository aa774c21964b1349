import { applyEdits, type Conflict } from '../../configuration/edits.ts'
import type { Instant } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { RevisionNumber } from '../../domain/revision-number.ts'
import { makeRevision, type StoredRevision } from '../../snapshot/revision-text.ts'
import { type VerifiedRevision, verifyNext } from '../../snapshot/verify-revision.ts'
import type { StoredChange } from '../stored-change.ts'

/** Why an approved change makes no revision: it is not time yet, or it never will any more. */
export type Unapplicable =
  | { readonly kind: 'not-due' }
  | { readonly kind: 'superseded'; readonly why: string; readonly conflicts: readonly Conflict[] }

/**
 * The revision that this change makes behind the newest one, judged by what the data plane will judge it by: signers who are still
 * active, objects that are still what they were. The signatures name base and text, not the predecessor, so they hold behind any
 * revision that touched nothing of it.
 */
export function nextRevision(
  { text, signatures }: StoredChange,
  newest: VerifiedRevision,
  now: Instant,
): Result<StoredRevision, Unapplicable> {
  const next = makeRevision((newest.number + 1) as RevisionNumber, newest.digest, { text, signatures })
  const verified = verifyNext(next, newest, now)
  if (verified.ok) return ok(next)
  const { reason, detail } = verified.error
  if (reason === 'not-yet') return err({ kind: 'not-due' })
  const applied = applyEdits(newest.document, text.edits)
  return err({ kind: 'superseded', why: `${reason}: ${detail}`, conflicts: applied.ok ? [] : applied.error })
}
