import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Draft } from './draft.ts'
import { isStrong, keyTypeOf } from './keys.ts'
import { type Extension, type Name, X509Certificate } from './peculiar.ts'
import { wholeSecond } from './der.ts'
import { newSerial } from './serial.ts'
import { signWithForge } from './sign-with-forge.ts'
import { signWithPeculiar } from './sign-with-peculiar.ts'
import { nameOf, type Subject } from './subject.ts'

/** A certification authority that can sign: its certificate as PEM and its private key. */
export interface Authority {
  readonly certificate: string
  readonly key: KeyObject
}

/** What authorities and leaves have in common. */
export interface CertificateOptions {
  readonly subject: Subject
  /** Whole seconds are kept; a certificate is valid at both ends (RFC 5280 section 4.1.2.5). */
  readonly notBefore: Date
  readonly notAfter: Date
  /** Hex; random unless told. */
  readonly serial?: string
  /** Lets a test certify a key that the gateway must refuse (RSA below 2048 bits). */
  readonly weakForTests?: boolean
}

/** Signs a certificate for `key` (its public half) by `issuer`, or by `key` itself where there is none. PEM. */
export async function signCertificate(
  options: CertificateOptions,
  key: KeyObject,
  issuer: Authority | null,
  extensions: readonly Extension[],
): Promise<string> {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  if (!isStrong(publicKey) && !options.weakForTests) throw new RangeError('the key is too weak or of an unknown type')
  const signer = issuer?.key ?? key
  const subject = nameOf(options.subject)
  const draft: Draft = {
    serial: options.serial ?? newSerial(),
    subject: new Uint8Array(subject.toArrayBuffer()),
    issuer: new Uint8Array((issuer ? subjectOf(issuer.certificate) : subject).toArrayBuffer()),
    publicKey,
    notBefore: wholeSecond(options.notBefore),
    notAfter: wholeSecond(options.notAfter),
    extensions,
  }
  // node-forge reads RSA keys only.
  const bothRsa = keyTypeOf(publicKey) === 'rsa' && keyTypeOf(signer) === 'rsa'
  return bothRsa ? signWithForge(draft, signer) : signWithPeculiar(draft, signer)
}

/** The subject of a certificate: its issuer name in what it signs, byte for byte. */
export const subjectOf = (certificate: string): Name => new X509Certificate(certificate).subjectName
