import 'reflect-metadata'
import { type KeyObject, webcrypto } from 'node:crypto'
import { Extension } from '@peculiar/x509'
import { ExtendedKeyUsageExtension, X509Certificate, X509CertificateGenerator } from '../../../gateway/pki/peculiar.ts'
import { spkiOf } from '../../../gateway/pki/keys.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'

export interface DelegateWish {
  readonly issuer: Authority
  readonly key: KeyObject
  readonly notBefore: Date
  readonly notAfter: Date
  /** Extended key usages; id-kp-OCSPSigning unless told. */
  readonly usages?: readonly string[]
  /** id-pkix-ocsp-nocheck; there unless told. */
  readonly noCheck?: boolean
  readonly serial?: string
}

/** A certificate of an OCSP responder (RFC 6960 section 4.2.2.2), signed by a P-256 authority. PEM. */
export async function makeDelegate(wish: DelegateWish): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const pkcs8 = wish.issuer.key.export({ type: 'pkcs8', format: 'der' })
  const { usages = ['1.3.6.1.5.5.7.3.9'], noCheck = true } = wish
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: wish.serial ?? '0777',
      subject: 'CN=Responder',
      issuer: new X509Certificate(wish.issuer.certificate).subjectName,
      notBefore: wish.notBefore,
      notAfter: wish.notAfter,
      publicKey: spkiOf(wish.key),
      signingKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
      signingAlgorithm: algorithm,
      extensions: [
        ...(usages.length > 0 ? [new ExtendedKeyUsageExtension([...usages])] : []),
        ...(noCheck ? [new Extension('1.3.6.1.5.5.7.48.1.5', false, Buffer.from('0500', 'hex'))] : []),
      ],
    },
    webcrypto,
  )
  return certificate.toString('pem')
}
