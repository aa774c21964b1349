import type { ConfigurationDocument } from '../configuration/document.ts'
import { effectiveSettings } from '../configuration/effective-settings.ts'
import type { Officer, Setting } from '../configuration/objects.ts'
import { err, type Result } from '../domain/result.ts'
import { checkApproval } from '../identity/approval.ts'
import { checkAssertion } from '../identity/check-assertion.ts'
import { changeDigest, type ChangeSignature, type ChangeText } from './change.ts'

/** Whose signatures count, with what they have to be made, and where browsers may make them. */
export interface Signers {
  readonly officers: readonly Officer[]
  readonly settings: readonly Setting[]
  readonly document: Pick<ConfigurationDocument, 'genesis'>
}

/** Which officer of this revision, not disabled, signed exactly this change for the signature's verdict, with what the officer has to sign with. */
export function checkSignature(
  text: ChangeText,
  signature: ChangeSignature,
  { officers, settings, document }: Signers,
): Result<Officer> {
  const digest = changeDigest(text, signature.verdict)
  if ('webauthn' in signature)
    return checkAssertion(signature.webauthn, digest, document.genesis.office?.origin ?? null, officers)
  if (signature.verdict === 'approve' && effectiveSettings(settings)['second-factor'].approvals === 'required')
    return err('only an authenticator approves: the setting second-factor says so')
  const signer = checkApproval(signature.jws, digest, officers)
  return signer.ok && signer.value.secondFactor ? err('only an authenticator signs for this officer') : signer
}
