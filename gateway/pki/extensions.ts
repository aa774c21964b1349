import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { bindingOfKey } from './keys.ts'
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from './peculiar.ts'

/** Extended key usages: TLS client, TLS server (RFC 5280 section 4.2.1.12). */
export type Usage = 'clientAuth' | 'serverAuth'

/** Key usages of a leaf (RFC 5280 section 4.2.1.3). */
export type KeyUsage = 'digitalSignature' | 'nonRepudiation' | 'keyEncipherment' | 'keyAgreement'

/** What a leaf certificate says beside subject, key, dates and issuer. Lists may be empty: the extension is then absent. */
export interface LeafNames {
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  /** IPv4 or IPv6 in text form. */
  readonly ips: readonly string[]
  readonly usages: readonly Usage[]
  /** `digitalSignature` unless told. */
  readonly keyUsages?: readonly KeyUsage[]
  /** CRL distribution point. */
  readonly crlUrl?: string | undefined
  /** OCSP responder (RFC 5280 section 4.2.2.1). */
  readonly ocspUrl?: string | undefined
}

const USAGE_OID = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const satisfies Record<
  Usage,
  string
>

const CRITICAL = true

export function authorityExtensions(pathLength: number, crlUrl: string | undefined): Extension[] {
  return [
    new BasicConstraintsExtension(true, pathLength, CRITICAL),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, CRITICAL),
    ...crlDistribution(crlUrl),
  ]
}

export function leafExtensions(names: LeafNames): Extension[] {
  const keyUsages = names.keyUsages ?? ['digitalSignature']
  return [
    new BasicConstraintsExtension(false, undefined, CRITICAL),
    new KeyUsagesExtension(
      keyUsages.reduce((flags, usage) => flags | KeyUsageFlags[usage], 0),
      CRITICAL,
    ),
    ...(names.usages.length > 0 ? [new ExtendedKeyUsageExtension(names.usages.map(usage => USAGE_OID[usage]))] : []),
    ...alternativeNames(names),
    ...crlDistribution(names.crlUrl),
    ...(names.ocspUrl === undefined ? [] : [new AuthorityInfoAccessExtension({ ocsp: [names.ocspUrl] })]),
  ]
}

/**
 * The subject key identifier is the key's binding (RFC 7093 section 2 method 4: the hash of the SubjectPublicKeyInfo), so that
 * any tool that shows a certificate shows the binding. The authority key identifier is what the issuer calls its own key.
 */
export function keyIdentifiers(subject: KeyObject, issuer: string | null): Extension[] {
  const own = new SubjectKeyIdentifierExtension(bindingOfKey(subject))
  const above = issuer === null ? new AuthorityKeyIdentifierExtension(own.keyId) : keyIdentifierOf(issuer)
  return above === null ? [own] : [own, above]
}

/** The authority key identifier that names the key of this certificate; null if it has no subject key identifier. */
export function keyIdentifierOf(certificate: string): Extension | null {
  const identifier = new X509Certificate(certificate).getExtension(SubjectKeyIdentifierExtension)
  return identifier === null ? null : new AuthorityKeyIdentifierExtension(identifier.keyId)
}

function alternativeNames(names: LeafNames): Extension[] {
  const odd = names.ips.find(ip => isIP(ip) === 0)
  if (odd !== undefined) throw new TypeError(`not an IP address: ${odd}`)
  const all = [
    ...names.uris.map(value => ({ type: 'url' as const, value })),
    ...names.dnsNames.map(value => ({ type: 'dns' as const, value })),
    ...names.ips.map(value => ({ type: 'ip' as const, value })),
  ]
  return all.length > 0 ? [new SubjectAlternativeNameExtension(all)] : []
}

/** What a request asks for: names and usages, nothing that only an issuer can say. */
export const requestedExtensions = (names: LeafNames): Extension[] =>
  leafExtensions(names).filter(extension => !(extension instanceof BasicConstraintsExtension))

const crlDistribution = (url: string | undefined): Extension[] =>
  url === undefined ? [] : [new CRLDistributionPointsExtension([url])]
