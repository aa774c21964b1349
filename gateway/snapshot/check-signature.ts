import type { ConfigurationDocument } from '../configuration/document.ts'
import type { Officer } from '../configuration/objects.ts'
import type { Result } from '../domain/result.ts'
import { checkApproval } from '../identity/approval.ts'
import { checkAssertion } from '../identity/check-assertion.ts'
import { changeDigest, type ChangeSignature, type ChangeText } from './change.ts'

/** Whose signatures count, and where browsers may make them. */
export interface Signers {
  readonly officers: readonly Officer[]
  readonly document: Pick<ConfigurationDocument, 'genesis'>
}

/** Which officer of this revision, not disabled, signed exactly this change for the signature's verdict. */
export function checkSignature(
  text: ChangeText,
  signature: ChangeSignature,
  { officers, document }: Signers,
): Result<Officer> {
  const digest = changeDigest(text, signature.verdict)
  return 'jws' in signature
    ? checkApproval(signature.jws, digest, officers)
    : checkAssertion(signature.webauthn, digest, document.genesis.office?.origin ?? null, officers)
}
