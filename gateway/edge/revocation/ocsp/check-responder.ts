import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Instant } from '../../../domain/instant.ts'
import { err, ok, type Result } from '../../../domain/result.ts'
import { DerReader, dotted, TAG } from '../der-reader.ts'
import { verifies } from '../signature-algorithm.ts'
import { type AskedIssuer, sha1 } from './asked-issuer.ts'
import { OID } from './make-request.ts'
import type { ParsedResponse } from './parse-response.ts'
import { type CertificateParts, readCertificate } from './read-certificate.ts'

/** How the status of a delegated responder's own certificate is known, where it has to be: by the issuer's list. */
export type ResponderStatus = (serial: string) => 'good' | 'revoked' | 'unknown'

/**
 * RFC 6960 section 4.2.2.2: the key that signs a response is the issuer's own, or that of a certificate which this very issuer issued
 * with id-kp-OCSPSigning. Resolves to that key; who it is by the response's own word decides nothing but which one is tried.
 */
export function responderKey(
  response: ParsedResponse,
  issuer: AskedIssuer,
  at: Instant,
  statusOf: ResponderStatus,
): Result<KeyObject> {
  const { responder } = response
  const isNamed = (subject: Uint8Array, keyHash: Uint8Array): boolean =>
    'name' in responder ? same(responder.name, subject) : same(responder.keyHash, keyHash)
  if (isNamed(issuer.name, issuer.keyHash)) return ok(issuer.key)
  const delegate = response.certificates
    .map(readCertificate)
    .find(({ subject, keyBits }) => isNamed(subject, sha1(keyBits)))
  if (delegate === undefined) return err('a responder whose certificate did not come along')
  const wrong = whyNoDelegate(delegate, issuer, at, statusOf)
  return wrong === null
    ? ok(createPublicKey({ key: Buffer.from(delegate.spki), format: 'der', type: 'spki' }))
    : err(`a responder's certificate ${wrong}`)
}

function whyNoDelegate(
  delegate: CertificateParts,
  issuer: AskedIssuer,
  at: Instant,
  statusOf: ResponderStatus,
): string | null {
  const { algorithm, signed, signature, extensions } = delegate
  if (!same(delegate.issuer, issuer.name) || !verifies(algorithm, signed, signature, issuer.key))
    return 'that the issuer did not sign'
  if (at < delegate.fromMillis * 1000 || at >= delegate.untilMillis * 1000) return 'that is not valid now'
  if (!usagesOf(delegate).includes(OID.signing)) return 'that is not for signing OCSP'
  // RFC 6960 section 4.2.2.2.1: with this extension it can be trusted for its lifetime; without, it is looked up.
  if (extensions.some(({ id }) => id === OID.noCheck)) return null
  return statusOf(delegate.serial) === 'good' ? null : 'that is revoked, or of which that cannot be told'
}

function usagesOf({ extensions }: CertificateParts): readonly string[] {
  const extension = extensions.find(({ id }) => id === OID.extendedKeyUsage)
  if (extension === undefined) return []
  const outer = new DerReader(extension.value)
  const list = outer.inside(outer.next(TAG.sequence))
  const usages: string[] = []
  while (list.more) usages.push(dotted(list.content(list.next(TAG.oid))))
  return usages
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b)
