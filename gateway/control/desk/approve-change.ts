import { err, ok, type Result } from '../../domain/result.ts'
import type { ChangeSignature } from '../../snapshot/change.ts'
import { judgeChange } from '../../snapshot/judge-change.ts'
import type { DeskRefusal } from '../desk-refusal.ts'
import type { LintSchemas } from '../lint-services.ts'
import type { StoredChange } from '../stored-change.ts'
import { checkCandidate } from './check-candidate.ts'
import { checkSigner } from './check-signer.ts'
import type { ChangeScene } from './scene.ts'

/** What the approver's signature makes of a proposal. The proposer has to be one who still could propose it. */
export async function approveChange(
  { actor, newest, before, now }: ChangeScene,
  signature: ChangeSignature,
  lintSchemas: LintSchemas,
): Promise<Result<StoredChange, DeskRefusal>> {
  const { text, authors, proposer } = before
  if (!actor.roles.includes('security-officer'))
    return err({ reason: 'not-entitled', detail: 'security officers approve' })
  if (proposer === actor.id || authors.includes(actor.id))
    return err({ reason: 'not-entitled', detail: 'nobody approves what they wrote or proposed' })
  const signed = checkSigner(actor, 'approve', text, signature, newest)
  if (!signed.ok) return signed
  const signatures = [...before.signatures, signature]
  const { officers, settings } = newest.configuration
  const judgedBy = { officers, settings, document: newest.document }
  const judged = judgeChange({ text, signatures }, judgedBy)
  if (!judged.ok) return err({ reason: 'not-entitled', detail: judged.error })
  const candidate = await checkCandidate(text, newest, now, lintSchemas)
  if (!candidate.ok) return candidate
  return ok({ ...before, state: 'approved', approvers: judged.value.approvers, signatures })
}
