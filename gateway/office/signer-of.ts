import jwt from 'jsonwebtoken'
import type { ChangeSignature } from '../snapshot/change.ts'

/** The officer that a signature says it is of. Only to be shown: whether it holds is the matter of snapshot/check-signature.ts. */
export function signerOf(signature: ChangeSignature): string {
  if ('webauthn' in signature) return signature.webauthn.officer
  const claims = jwt.decode(signature.jws)
  return typeof claims === 'object' ? (claims?.sub ?? '') : ''
}
