import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { readCertificate } from './read-certificate.ts'

/** The authority whose certificates are asked about, as OCSP names it (RFC 6960 section 4.1.1). */
export interface AskedIssuer {
  readonly key: KeyObject
  /** DER Name. */
  readonly name: Uint8Array
  /** SHA-1 of the name, and of the key's bits. */
  readonly nameHash: Buffer
  readonly keyHash: Buffer
}

/** From the certificate (PEM) of a registered issuer. */
export function askedIssuer(pem: string): AskedIssuer {
  const certificate = new X509Certificate(pem)
  const { subject, keyBits } = readCertificate(certificate.raw)
  return { key: certificate.publicKey, name: subject, nameHash: sha1(subject), keyHash: sha1(keyBits) }
}

/**
 * RFC 5019 section 2.1.1: clients MUST use SHA-1 here, and many responders know nothing else. It only tells one authority of a
 * responder from another; what protects is the signature of the response.
 */
export const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest()
