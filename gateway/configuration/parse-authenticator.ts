import type { KeyObject } from 'node:crypto'
import { bindingOf } from '../domain/binding.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { AuthenticatorDocument } from './document.ts'
import type { Authenticator } from './objects.ts'
import { MIN_RSA_BITS, readPublicKey } from './parse-signing-key.ts'
import { type Report, take } from './report.ts'

/** An officer's WebAuthn authenticator; undefined after reporting what is wrong with it. */
export function parseAuthenticator(
  { id, publicKey }: AuthenticatorDocument,
  pointer: string,
  report: Report,
): Authenticator | undefined {
  const key = take(readPublicKey(publicKey), `${pointer}/publicKey`, report)
  const sound = key && take(checkKind(key), `${pointer}/publicKey`, report)
  if (!sound) return undefined
  return {
    id,
    key: bindingOf(sound.export({ type: 'spki', format: 'der' })),
    publicKey: sound.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** Those whose signatures identity/check-assertion.ts checks. */
function checkKind(key: KeyObject): Result<KeyObject> {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return ok(key)
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) return ok(key)
  return err("an authenticator's key is P-256, or RSA of 2048 bits and more")
}
