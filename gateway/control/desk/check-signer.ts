import type { Officer } from '../../configuration/objects.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { ChangeSignature, ChangeText, Verdict } from '../../snapshot/change.ts'
import { checkSignature } from '../../snapshot/check-signature.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import type { DeskRefusal } from '../desk-refusal.ts'

/** Whether this is the actor's own signature over exactly this change, for this verdict. Attacker-controlled. */
export function checkSigner(
  actor: Officer,
  verdict: Verdict,
  text: ChangeText,
  signature: ChangeSignature,
  { configuration: { officers, settings }, document }: VerifiedRevision,
): Result<null, DeskRefusal> {
  if (signature.verdict !== verdict) return err({ reason: 'bad-signature', detail: `the verdict has to be ${verdict}` })
  const signer = checkSignature(text, signature, { officers, settings, document })
  if (!signer.ok) return err({ reason: 'bad-signature', detail: signer.error })
  return signer.value.id === actor.id
    ? ok(null)
    : err({ reason: 'bad-signature', detail: 'signed by another officer than the one who acts' })
}
