import { type KeyObject, X509Certificate } from 'node:crypto'
import { X509Certificate as PeculiarCertificate, X509Crl } from '../gateway/pki/peculiar.ts'
import type { Authority } from '../gateway/pki/sign-certificate.ts'

export const DAY_MILLIS = 86_400_000

/** What has less time left than this is made again. */
const RENEW_BEFORE_MILLIS = 3 * DAY_MILLIS

/** Whether a certificate (PEM) is for `key`, signed by `issuer` (null: by itself) and good for some days more. */
export function certificateStands(pem: string, key: KeyObject, issuer: Authority | null, now: Date): boolean {
  const certificate = parsed(() => new X509Certificate(pem))
  if (certificate === null || !certificate.checkPrivateKey(key)) return false
  const above = issuer === null ? certificate : new X509Certificate(issuer.certificate)
  return (
    certificate.checkIssued(above) &&
    certificate.verify(above.publicKey) &&
    lastsLonger(new Date(certificate.validFrom), new Date(certificate.validTo), now)
  )
}

/** Whether a CRL (PEM) is signed by `authority` and good for some days more. */
export async function crlStands(pem: string, authority: Authority, now: Date): Promise<boolean> {
  const crl = parsed(() => new X509Crl(pem))
  if (!crl?.nextUpdate || !lastsLonger(crl.thisUpdate, crl.nextUpdate, now)) return false
  return crl.verify({ publicKey: new PeculiarCertificate(authority.certificate) })
}

const lastsLonger = (from: Date, until: Date, now: Date): boolean =>
  from <= now && until.getTime() - now.getTime() > RENEW_BEFORE_MILLIS

/** Files that somebody broke are made again, like missing ones. */
function parsed<T>(parse: () => T): T | null {
  try {
    return parse()
  } catch {
    return null
  }
}
