import { type KeyObject, X509Certificate } from 'node:crypto'
import { decryptPrivateKey, encryptPrivateKey } from '../../pki/encrypted-key.ts'
import type { AuthorityName } from '../../pki/issued.ts'
import { bindingOfKey, type KeyType, keyTypeOf, makeKey } from '../../pki/keys.ts'
import { makeAuthority } from '../../pki/make-authority.ts'
import { newSerial } from '../../pki/serial.ts'
import type { Authority } from '../../pki/sign-certificate.ts'
import type { Subject } from '../../pki/subject.ts'
import { validityFrom } from '../../pki/validity.ts'
import { Misuse } from '../misuse.ts'
import type { AuthorityFolder } from './authority-folder.ts'

/** NIST SP 800-57 part 1: 128 bits of strength, for keys that live ten years. */
const RSA_BITS = 3072

/** Days: a root lives twice as long as what it signs, so that its successor can overlap. */
export const AUTHORITY_DAYS = { root: 3650, issuing: 1825 } as const satisfies Record<AuthorityName, number>

export interface AuthorityWish {
  readonly name: AuthorityName
  readonly subject: Subject
  /** Null: a root, signed by itself. */
  readonly issuer: Authority | null
  readonly key: KeyObject
  readonly days: number
  readonly crlUrl: string | null
}

/** The key of an authority that is to be: a new one, or the one that an earlier run left without a certificate. */
export function keepAuthorityKey(
  folder: AuthorityFolder,
  name: AuthorityName,
  type: KeyType,
  passphrase: string,
): KeyObject {
  const present = folder.read(`${name}.key`)
  if (present !== null) {
    const key = decryptPrivateKey(present, passphrase)
    if (key.ok) return key.value
    throw new Misuse(`${folder.at(`${name}.key`)} is there from an earlier run, and ${key.error}`)
  }
  const key = makeKey(type, { bits: RSA_BITS })
  folder.writeKey(`${name}.key`, encryptPrivateKey(key, passphrase))
  return key
}

/** Makes or renews the certificate of an authority and writes it. Under the lock. The entry in the index comes first. */
export async function certifyAuthority(folder: AuthorityFolder, wish: AuthorityWish, now: Date): Promise<string> {
  const { name, subject, issuer, key, days, crlUrl } = wish
  const validity = validityFrom(now, days, issuer?.certificate ?? null)
  if (!validity.ok) throw new Misuse(validity.error)
  const { notBefore, notAfter } = validity.value
  const serial = newSerial()
  folder.append({
    v: 1,
    event: 'issue',
    at: now.toISOString(),
    serial,
    by: 'root',
    kind: 'authority',
    id: name,
    key: bindingOfKey(key),
    keyType: keyTypeOf(key) as KeyType,
    from: notBefore.toISOString(),
    until: notAfter.toISOString(),
    hosts: [],
    crlUrl,
    ocspUrl: null,
  })
  const { certificate } = await makeAuthority({
    subject,
    key,
    issuer,
    notBefore,
    notAfter,
    serial,
    ...(crlUrl === null ? {} : { crlUrl }),
  })
  folder.writePublic(`issued/${serial}.crt`, certificate)
  folder.writePublic(`${name}.crt`, certificate)
  return certificate
}

export const authorityLines = (folder: AuthorityFolder, name: AuthorityName, certificate: string): string[] => {
  const { validTo, publicKey } = new X509Certificate(certificate)
  return [
    `${folder.at(`${name}.crt`)}: valid until ${new Date(validTo).toISOString()}`,
    `key (SHA-256 of the public key): ${bindingOfKey(publicKey)}`,
  ]
}

export const authorityResult = (name: AuthorityName, certificate: string): Record<string, unknown> => {
  const { validTo, publicKey, serialNumber } = new X509Certificate(certificate)
  return {
    authority: name,
    serial: serialNumber.toLowerCase(),
    key: bindingOfKey(publicKey),
    until: new Date(validTo).toISOString(),
  }
}
