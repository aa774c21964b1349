import { applyEdits } from '../../configuration/edits.ts'
import { locateInRevision } from '../../configuration/locate.ts'
import { parseConfiguration } from '../../configuration/parse-configuration.ts'
import type { Instant } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { ChangeText } from '../../snapshot/change.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { DeskRefusal } from '../desk-refusal.ts'
import { lintAgreements } from '../lint-agreements.ts'
import { lintGuardrails } from '../lint-guardrails.ts'
import { type LintSchemas, lintServicesBy } from '../lint-services.ts'

/**
 * Whether this change would make a configuration that holds together: its edits fit the newest revision, the whole parses, the
 * schemas of services that it edits can be compiled (by `lintSchemas`, in time), the agreements that it touches say what the law asks for, and
 * the guardrails pass their tests.
 */
export async function checkCandidate(
  text: ChangeText,
  newest: VerifiedRevision,
  now: Instant,
  lintSchemas: LintSchemas,
): Promise<Result<null, DeskRefusal>> {
  const applied = applyEdits(newest.document, text.edits)
  if (!applied.ok) return err({ reason: 'conflict', conflicts: applied.error })
  const locate = locateInRevision(newest.number + 1)
  const parsed = parseConfiguration(applied.value, locate, newest)
  if (!parsed.ok) return err({ reason: 'invalid', errors: parsed.error })
  const edited = new Set(text.edits.filter(({ kind }) => kind === 'service').map(({ id }) => id))
  const services = parsed.value.services.filter(({ id }) => edited.has(id))
  const faults = await lintServicesBy(lintSchemas, { ...parsed.value, services }, applied.value, locate)
  const touched = new Set(text.edits.filter(({ kind }) => kind === 'agreement').map(({ id }) => id))
  const agreements = parsed.value.agreements.filter(({ id, service }) => touched.has(id) || edited.has(service))
  const errors = [
    ...faults,
    ...lintAgreements({ ...parsed.value, agreements }, applied.value, locate, now),
    ...lintGuardrails(parsed.value, locate),
  ]
  return errors.length > 0 ? err({ reason: 'invalid', errors }) : ok(null)
}
