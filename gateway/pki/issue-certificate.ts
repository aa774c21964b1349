import type { KeyObject } from 'node:crypto'
import { keyIdentifiers, leafExtensions, type LeafNames } from './extensions.ts'
import { type Authority, type CertificateOptions, signCertificate } from './sign-certificate.ts'

export interface LeafOptions extends CertificateOptions, LeafNames {
  /** The key to certify: public, or private (its public half is taken). */
  readonly key: KeyObject
}

/**
 * Issues one leaf certificate and returns its PEM, alone (RFC 5280 section 4.1). Says exactly what the options say and
 * checks nothing about them: a test can make an expired one, one with a foreign or a second URI, one without usages.
 * Throws RangeError for a weak key without `weakForTests`, and for a name or date that X.509 cannot hold.
 */
export async function issueCertificate(issuer: Authority, options: LeafOptions): Promise<string> {
  const extensions = [...leafExtensions(options), ...keyIdentifiers(options.key, issuer.certificate)]
  return signCertificate(options, options.key, issuer, extensions)
}
