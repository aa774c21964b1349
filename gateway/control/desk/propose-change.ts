import { err, ok, type Result } from '../../domain/result.ts'
import type { ChangeSignature } from '../../snapshot/change.ts'
import { mayTakeAwayAlone, recovers } from '../../snapshot/judge-change.ts'
import type { DeskRefusal } from '../desk-refusal.ts'
import type { LintSchemas } from '../lint-services.ts'
import type { StoredChange } from '../stored-change.ts'
import { checkCandidate } from './check-candidate.ts'
import { checkSigner } from './check-signer.ts'
import { mayWrite } from './may-write.ts'
import type { ChangeScene } from './scene.ts'

/** What the proposer's signature makes of a draft: a proposal, or an approved change where one officer's word is enough. */
export async function proposeChange(
  { actor, newest, before, now }: ChangeScene,
  signature: ChangeSignature,
  lintSchemas: LintSchemas,
): Promise<Result<StoredChange, DeskRefusal>> {
  const { text } = before
  const { officers, settings } = newest.configuration
  const judgedBy = { officers, settings, document: newest.document }
  if (text.edits.some(edit => edit.id === actor.id && recovers(edit, judgedBy)))
    return err({ reason: 'not-entitled', detail: 'an officer is recovered by two others' })
  const alone = text.edits.every(edit => mayTakeAwayAlone(actor, edit, judgedBy))
  for (const checked of [mayWrite(actor, text, newest), checkSigner(actor, 'propose', text, signature, newest)])
    if (!checked.ok) return checked
  const candidate = await checkCandidate(text, newest, now, lintSchemas)
  if (!candidate.ok) return candidate
  return ok({
    ...before,
    state: alone ? 'approved' : 'proposed',
    proposer: actor.id,
    approvers: [],
    signatures: [signature],
  })
}
