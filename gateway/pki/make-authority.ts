import type { KeyObject } from 'node:crypto'
import { authorityExtensions, keyIdentifiers } from './extensions.ts'
import { type Authority, type CertificateOptions, signCertificate } from './sign-certificate.ts'

export interface AuthorityOptions extends CertificateOptions {
  /** The authority's own private key. */
  readonly key: KeyObject
  /** null: self-signed, a root. */
  readonly issuer: Authority | null
  /** How many authorities may follow below (RFC 5280 section 4.2.1.9). A root 1, an issuing authority 0, unless told. */
  readonly pathLength?: number
  /** CRL distribution point. */
  readonly crlUrl?: string
}

/**
 * Makes a root or an issuing authority: basicConstraints and keyUsage (keyCertSign, cRLSign) critical, key identifiers.
 * Renewing is making again with the same key and name: what the authority signed before stays valid.
 */
export async function makeAuthority(options: AuthorityOptions): Promise<Authority> {
  const extensions = [
    ...authorityExtensions(options.pathLength ?? (options.issuer === null ? 1 : 0), options.crlUrl),
    ...keyIdentifiers(options.key, options.issuer?.certificate ?? null),
  ]
  const certificate = await signCertificate(options, options.key, options.issuer, extensions)
  return { certificate, key: options.key }
}
