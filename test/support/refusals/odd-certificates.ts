import 'reflect-metadata'
import { type KeyObject, sign, X509Certificate } from 'node:crypto'
import { Extension } from '@peculiar/x509'
import { type Der, bits, fromDer, nothing, oid, sequence, toDer } from '../../../gateway/pki/der.ts'
import { authorityExtensions, keyIdentifiers, leafExtensions, type LeafNames } from '../../../gateway/pki/extensions.ts'
import { makeKey } from '../../../gateway/pki/keys.ts'
import { pemOf } from '../../../gateway/pki/pem.ts'
import { type Authority, signCertificate } from '../../../gateway/pki/sign-certificate.ts'
import forge from 'node-forge'

const DAY = 86_400_000
const options = (commonName: string) => ({
  subject: { commonName, organization: 'Lienthong development, not for production' },
  notBefore: new Date(Date.now() - 300_000),
  notAfter: new Date(Date.now() + 20 * DAY),
})

/** GeneralName (RFC 5280 section 4.2.1.6) by its tag: 2 dNSName, 4 directoryName, 6 URI. */
export type Subtree =
  | { readonly kind: 'permitted' | 'excluded'; readonly tag: 2 | 6; readonly name: string }
  | { readonly kind: 'permitted' | 'excluded'; readonly tag: 4; readonly organization: string }

/** An authority below another, which may say what names it is limited to (section 4.2.1.10), and may have a weak key. */
export async function authorityBelow(
  issuer: Authority,
  name: string,
  { subtree, key = makeKey() }: { subtree?: Subtree; key?: KeyObject } = {},
): Promise<Authority> {
  const extensions = [
    ...authorityExtensions(0, undefined),
    ...keyIdentifiers(key, issuer.certificate),
    ...(subtree ? [new Extension('2.5.29.30', true, toDer(nameConstraints(subtree)))] : []),
  ]
  const certificate = await signCertificate({ ...options(name), weakForTests: true }, key, issuer, extensions)
  return { certificate, key }
}

/** A leaf with a critical extension that nobody knows (section 4.2: such a certificate MUST be rejected). */
export function leafWithUnknownExtension(issuer: Authority, system: string, key: KeyObject): Promise<string> {
  const unknown = new Extension('1.3.6.1.4.1.55555.1', true, toDer(nothing()))
  const extensions = [...leafExtensions(namesOf(system)), ...keyIdentifiers(key, issuer.certificate), unknown]
  return signCertificate(options(system), key, issuer, extensions)
}

/** A leaf that is its own issuer. */
export const leafOfItself = (system: string, key: KeyObject): Promise<string> =>
  signCertificate(options(system), key, null, [...leafExtensions(namesOf(system)), ...keyIdentifiers(key, null)])

const namesOf = (system: string): LeafNames => ({
  uris: [`urn:lienthong:system:${system}`],
  dnsNames: [],
  ips: [],
  usages: ['clientAuth'],
})

/** The same certificate, signed once more by its issuer: over SHA-1, with ECDSA (RFC 3279 section 2.2.3). */
export function signedOverSha1(certificate: string, issuer: Authority): string {
  const [tbs] = fromDer(new X509Certificate(certificate).raw).value as Der[]
  if (!tbs) throw new TypeError('not a certificate')
  const algorithm = (): Der => sequence(oid('1.2.840.10045.4.1'))
  const fields = tbs.value as Der[]
  // version, serialNumber, signature, ...: section 4.1.
  const signed = sequence(...fields.map((field, at) => (at === 2 ? algorithm() : field)))
  const der = toDer(signed)
  return pemOf('CERTIFICATE', toDer(sequence(fromDer(der), algorithm(), bits(sign('sha1', der, issuer.key)))))
}

function nameConstraints(subtree: Subtree): Der {
  const { Class } = forge.asn1
  const inContext = (tag: number, constructed: boolean, value: unknown): Der =>
    forge.asn1.create(Class.CONTEXT_SPECIFIC, tag, constructed, value as Der[])
  const name =
    subtree.tag === 4
      ? inContext(4, true, [organizationName(subtree.organization)])
      : inContext(subtree.tag, false, subtree.name)
  return sequence(inContext(subtree.kind === 'permitted' ? 0 : 1, true, [sequence(name)]))
}

function organizationName(organization: string): Der {
  const { create, Class, Type } = forge.asn1
  const value = create(Class.UNIVERSAL, Type.UTF8, false, organization)
  return sequence(create(Class.UNIVERSAL, Type.SET, true, [sequence(oid('2.5.4.10'), value)]))
}
