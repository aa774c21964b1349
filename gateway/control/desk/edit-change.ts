import { ok, type Result } from '../../domain/result.ts'
import type { DeskRefusal } from '../desk-refusal.ts'
import type { StoredChange } from '../stored-change.ts'
import { mayWrite } from './may-write.ts'
import type { ChangeScene } from './scene.ts'
import { type Draft, writeText } from './write-text.ts'

/** A new text takes all signatures off. Who edits has to be entitled to what was there, and becomes one of the authors. */
export function editChange({ actor, newest, before }: ChangeScene, draft: Draft): Result<StoredChange, DeskRefusal> {
  const entitled = mayWrite(actor, before.text, newest)
  if (!entitled.ok) return entitled
  const text = writeText(draft, before.id, [...before.authors, actor.id], newest)
  if (!text.ok) return text
  const still = mayWrite(actor, text.value, newest)
  if (!still.ok) return still
  return ok({
    ...before,
    state: 'draft',
    text: text.value,
    authors: text.value.authors,
    proposer: null,
    approvers: [],
    signatures: [],
  })
}
