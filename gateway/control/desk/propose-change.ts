import { err, ok, type Result } from '../../domain/result.ts'
import type { ChangeSignature } from '../../snapshot/change.ts'
import { mayTakeAwayAlone, recovers } from '../../snapshot/judge-change.ts'
import type { DeskRefusal } from '../desk-refusal.ts'
import type { StoredChange } from '../stored-change.ts'
import { checkCandidate } from './check-candidate.ts'
import { checkSigner } from './check-signer.ts'
import { mayWrite } from './may-write.ts'
import type { ChangeScene } from './scene.ts'

/** What the proposer's signature makes of a draft: a proposal, or an approved change where one officer's word is enough. */
export function proposeChange(
  { actor, newest, before, now }: ChangeScene,
  signature: ChangeSignature,
): Result<StoredChange, DeskRefusal> {
  const { text } = before
  const judgedBy = { officers: newest.configuration.officers, document: newest.document }
  if (text.edits.some(edit => edit.id === actor.id && recovers(edit, judgedBy)))
    return err({ reason: 'not-entitled', detail: 'an officer is recovered by two others' })
  const alone = text.edits.every(edit => mayTakeAwayAlone(actor, edit, judgedBy))
  for (const checked of [
    mayWrite(actor, text, newest),
    checkSigner(actor, 'propose', text, signature, newest),
    checkCandidate(text, newest, now),
  ])
    if (!checked.ok) return checked
  return ok({
    ...before,
    state: alone ? 'approved' : 'proposed',
    proposer: actor.id,
    approvers: [],
    signatures: [signature],
  })
}
