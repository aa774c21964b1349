import type { Officer } from '../../configuration/objects.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { ChangeText } from '../../snapshot/change.ts'
import { mayPropose } from '../../snapshot/judge-change.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { DeskRefusal } from '../desk-refusal.ts'

/** Whoever could not propose a change does not write it either: role, and unit on both sides of each edit. */
export function mayWrite(
  officer: Officer,
  { edits }: ChangeText,
  { configuration, document }: VerifiedRevision,
): Result<null, DeskRefusal> {
  const { officers, settings } = configuration
  const before = { officers, settings, document }
  const forbidden = edits.find(edit => !mayPropose(officer, edit, before))
  return forbidden
    ? err({ reason: 'not-entitled', detail: `may not change the ${forbidden.kind} ${forbidden.id}` })
    : ok(null)
}
