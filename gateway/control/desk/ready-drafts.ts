import type { ConfigurationDocument } from '../../configuration/document.ts'
import { editsBetween } from '../../configuration/edits.ts'
import type { OfficerId } from '../../domain/officer-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { RevisionNumber } from '../../domain/revision-number.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { DeskRefusal } from '../desk-refusal.ts'
import type { Draft } from './write-text.ts'

/** The change that makes every object again what it was at a revision. Null: there is no such revision. */
export function rollbackTo(
  revision: RevisionNumber,
  then: ConfigurationDocument | null,
  newest: VerifiedRevision,
): Result<Draft, DeskRefusal> {
  if (then === null) return err({ reason: 'not-found' })
  const edits = editsBetween(newest.document, then)
  if (edits.length === 0) return err({ reason: 'malformed', detail: `nothing differs from revision ${revision}` })
  return ok({
    title: `Back to revision ${revision}`,
    reason: `Every object becomes again what it was at revision ${revision}.`,
    edits,
    applyAt: null,
  })
}

/** The change that lets an idle officer act again from this day on, `2026-11-22`. */
export function recoveryOf(idle: OfficerId, day: string, newest: VerifiedRevision): Result<Draft, DeskRefusal> {
  const officer = newest.document.officers.find(({ id }) => id === idle)
  if (!officer) return err({ reason: 'not-found' })
  if (officer.recoveredOn === day) return err({ reason: 'malformed', detail: `${idle} was recovered today already` })
  return ok({
    title: `Recover ${idle}`,
    reason: `${idle} may act again from ${day} on.`,
    edits: [{ kind: 'officer', id: idle, value: { ...officer, recoveredOn: day } }],
    applyAt: null,
  })
}
