import { createPublicKey, type KeyObject } from 'node:crypto'
import { bindingOf } from '../domain/binding.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { parseWindow } from './calendar.ts'
import type { SigningKeyDocument } from './document.ts'
import type { MessageAlgorithm, SigningKey } from './objects.ts'
import { type Report, take } from './report.ts'

/** NIST SP 800-131A: less than 112 bits of strength below this. */
export const MIN_RSA_BITS = 2048

/** A key for message signatures; undefined after reporting what is wrong with it. */
export function parseSigningKey(document: SigningKeyDocument, pointer: string, report: Report): SigningKey | undefined {
  const key = take(readPublicKey(document.publicKey), `${pointer}/publicKey`, report)
  const algorithm = key && take(algorithmOf(key), `${pointer}/publicKey`, report)
  const window = parseWindow(document, pointer, report)
  if (!key || !algorithm || !window) return undefined
  const id = bindingOf(key.export({ type: 'spki', format: 'der' }))
  return { id, pem: key.export({ type: 'spki', format: 'pem' }).toString(), algorithm, ...window }
}

export function readPublicKey(pem: string): Result<KeyObject> {
  // A private key would be read as its public half, and stand in every copy of the configuration.
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----')) return err('must hold one PEM public key (BEGIN PUBLIC KEY)')
  try {
    return ok(createPublicKey(pem))
  } catch {
    return err('is not a readable public key')
  }
}

function algorithmOf(key: KeyObject): Result<MessageAlgorithm> {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ed25519') return ok('Ed25519')
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return ok('ES256')
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) return ok('PS256')
  return err('a signing key is P-256, Ed25519, or RSA of 2048 bits and more')
}
