import type { KeyObject } from 'node:crypto'
import forge from 'node-forge'
import { privateKeyPem } from './keys.ts'
import type { Draft } from './draft.ts'

const binary = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString('latin1')

/** Signs an RSA key's certificate with an RSA key: PKCS #1 v1.5 with SHA-256 (RFC 4055 section 5). PEM. */
export function signWithForge(draft: Draft, signer: KeyObject): string {
  const certificate = forge.pki.createCertificate()
  certificate.serialNumber = draft.serial
  certificate.validity.notBefore = draft.notBefore
  certificate.validity.notAfter = draft.notAfter
  certificate.setSubject(attributesOf(draft.subject))
  certificate.setIssuer(attributesOf(draft.issuer))
  certificate.publicKey = forge.pki.publicKeyFromPem(draft.publicKey.export({ type: 'spki', format: 'pem' }).toString())
  certificate.setExtensions(
    draft.extensions.map(({ type, critical, value }) => ({ id: type, critical, value: binary(value) })),
  )
  certificate.sign(forge.pki.privateKeyFromPem(privateKeyPem(signer)), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n')
}

/** Exported by forge, missing in its types. */
interface NameReader {
  RDNAttributesAsArray(name: forge.asn1.Asn1): { type: string; value: string; valueTagClass: forge.asn1.Type }[]
}

/** forge reads a UTF8String as bytes and writes it as characters: what it read must be decoded, or Vietnamese names break. */
function attributesOf(name: Uint8Array): forge.pki.CertificateField[] {
  const attributes = (forge.pki as unknown as NameReader).RDNAttributesAsArray(forge.asn1.fromDer(binary(name)))
  return attributes.map(({ type, value, valueTagClass }) => ({
    type,
    // forge's types expect a class where they mean a type.
    valueTagClass: Number(valueTagClass),
    value: valueTagClass === forge.asn1.Type.UTF8 ? forge.util.decodeUtf8(value) : value,
  }))
}
