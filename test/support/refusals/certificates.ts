import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyObject } from 'node:crypto'
import { issueCertificate, type LeafOptions } from '../../../gateway/pki/issue-certificate.ts'
import { makeKey, privateKeyPem, readPrivateKey } from '../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../gateway/pki/make-authority.ts'
import { makeCrl, type Revoked } from '../../../gateway/pki/make-crl.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'

const DAY = 86_400_000
const fromNow = (millis: number): Date => new Date(Date.now() + millis)
const subject = (commonName: string) => ({ commonName, organization: 'Lienthong development, not for production' })

/** An authority of a world, whose key lies beside its certificate. */
export function authorityOf(certsDir: string, name: 'ca' | 'issuing'): Authority {
  const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
  return { certificate: read(`${name}.crt`), key: readPrivateKey(read(`${name}.key`)) }
}

/** A root that nobody registered, or that a test registers. */
export const newAuthority = (name: string): Promise<Authority> =>
  makeAuthority({
    subject: subject(name),
    key: makeKey(),
    issuer: null,
    notBefore: fromNow(-DAY),
    notAfter: fromNow(60 * DAY),
  })

export type CertificateWish = Partial<LeafOptions> & {
  readonly system: string
  readonly issuer?: Authority
  readonly key?: KeyObject
  /** What is sent behind the certificate; the issuing one unless told. */
  readonly chain?: string
}

/** Writes key and certificate (with the issuing one) of a client under a file name. What is not wished for is as it has to be. */
export async function writeCertificate(certsDir: string, file: string, wish: CertificateWish): Promise<void> {
  const {
    system,
    issuer = authorityOf(certsDir, 'issuing'),
    key = makeKey(),
    chain = issuer.certificate,
    ...rest
  } = wish
  const certificate = await issueCertificate(issuer, {
    subject: subject(system),
    notBefore: fromNow(-300_000),
    notAfter: fromNow(20 * DAY),
    uris: [`urn:lienthong:system:${system}`],
    dnsNames: ['localhost'],
    ips: ['127.0.0.1', '::1'],
    usages: ['clientAuth', 'serverAuth'],
    key,
    ...rest,
  })
  writeFileSync(join(certsDir, `${file}.key`), privateKeyPem(key))
  writeFileSync(join(certsDir, `${file}.crt`), certificate + chain)
}

/** Replaces the revocation lists of a world; `stale`: their time is over. */
export function writeCrls(
  certsDir: string,
  more: readonly Authority[] = [],
  { revoked = [], stale = false }: { revoked?: readonly Revoked[]; stale?: boolean } = {},
): void {
  // Rises with each: the gateway takes no list whose number does not.
  const number = Date.now()
  const until = fromNow(stale ? -500 : DAY)
  const list = (authority: Authority, entries: readonly Revoked[]) =>
    makeCrl(authority, entries, number, fromNow(-2_000), until)
  const lists = [
    list(authorityOf(certsDir, 'ca'), []),
    list(authorityOf(certsDir, 'issuing'), revoked),
    ...more.map(authority => list(authority, [])),
  ]
  writeFileSync(join(certsDir, 'crl.pem'), lists.join(''))
}

export const keyOf = (certsDir: string, file: string): KeyObject =>
  readPrivateKey(readFileSync(join(certsDir, `${file}.key`), 'utf8'))
