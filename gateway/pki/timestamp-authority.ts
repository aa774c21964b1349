import type { KeyObject } from 'node:crypto'
import { keyIdentifiers } from './extensions.ts'
import { makeKey } from './keys.ts'
import { makeAuthority } from './make-authority.ts'
import { BasicConstraintsExtension, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension } from './peculiar.ts'
import { type Authority, signCertificate } from './sign-certificate.ts'

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const CRITICAL = true
const ORGANIZATION = 'Lienthong'

export interface StampingOptions {
  readonly commonName: string
  readonly key: KeyObject
  readonly notBefore: Date
  readonly notAfter: Date
  /** Purposes of the certificate, dotted; time stamps alone unless told. */
  readonly purposes?: readonly string[]
  /** True unless told. */
  readonly isCritical?: boolean
}

/** A certificate that may sign time stamps and nothing else (RFC 3161 section 2.3). PEM. */
export function issueStampingCertificate(issuer: Authority, options: StampingOptions): Promise<string> {
  const { commonName, key, notBefore, notAfter, purposes = [TIME_STAMPING], isCritical = true } = options
  return signCertificate({ subject: { commonName, organization: ORGANIZATION }, notBefore, notAfter }, key, issuer, [
    new BasicConstraintsExtension(false, undefined, CRITICAL),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, CRITICAL),
    new ExtendedKeyUsageExtension([...purposes], isCritical),
    ...keyIdentifiers(key, issuer.certificate),
  ])
}

export interface DevelopmentAuthority {
  /** PEM of the self-signed root: what the configuration registers. */
  readonly root: string
  readonly certificate: string
  readonly key: KeyObject
}

/** A throw-away authority: the root's key is forgotten at once, so it can sign nothing more. */
export async function makeDevelopmentAuthority(notBefore: Date, notAfter: Date): Promise<DevelopmentAuthority> {
  const dates = { notBefore, notAfter }
  const rootName = { commonName: 'Development time stamps, root', organization: ORGANIZATION }
  const root = await makeAuthority({ subject: rootName, key: makeKey(), issuer: null, pathLength: 0, ...dates })
  const key = makeKey()
  const options = { commonName: 'Development time stamps', key, ...dates }
  return { root: root.certificate, certificate: await issueStampingCertificate(root, options), key }
}
