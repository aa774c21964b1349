import type { KeyObject } from 'node:crypto'
import { type LeafOptions, issueCertificate } from '../../../gateway/pki/issue-certificate.ts'
import { makeKey, type KeyType } from '../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../gateway/pki/make-authority.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'

export const NOW = new Date('2026-11-22T01:02:03.456Z')
export const days = (count: number): Date => new Date(NOW.getTime() + count * 86_400_000)

const keys = new Map<KeyType, KeyObject[]>()

/** The nth test key of a type, made once: RSA keys are slow. */
export function key(type: KeyType, nth = 0): KeyObject {
  const made = keys.get(type) ?? []
  while (made.length <= nth) made.push(makeKey(type))
  keys.set(type, made)
  return made[nth] as KeyObject
}

const dates = { notBefore: NOW, notAfter: days(90) }
export const ORGANIZATION = 'Bộ Quốc phòng, "thử nghiệm"'

export async function chain(rootType: KeyType, issuingType: KeyType): Promise<{ root: Authority; issuing: Authority }> {
  const name = (commonName: string) => ({ commonName, organization: ORGANIZATION })
  const root = await makeAuthority({ subject: name('Gốc'), key: key(rootType), issuer: null, ...dates })
  const issuing = await makeAuthority({ subject: name('Cấp'), key: key(issuingType, 1), issuer: root, ...dates })
  return { root, issuing }
}

export async function leaf(issuing: Authority, options: Partial<LeafOptions> & { key: KeyObject }): Promise<string> {
  return issueCertificate(issuing, {
    subject: { commonName: 'G99.21/records', organization: ORGANIZATION },
    notBefore: NOW,
    notAfter: days(30),
    uris: ['urn:lienthong:system:G99.21/records'],
    dnsNames: ['localhost'],
    ips: ['127.0.0.1', '::1'],
    usages: ['clientAuth'],
    ...options,
  })
}
