import type { X509Certificate } from 'node:crypto'
import { parseUnitCode } from '../domain/unit-code.ts'
import type { IssuerDocument } from './document.ts'
import type { Issuer } from './objects.ts'
import { complete, type Report, take } from './report.ts'
import { parseRevocation } from './parse-revocation.ts'
import { bindingOfCertificate, readCertificate } from './resolve-certificates.ts'

/** A certification authority; undefined after reporting what is wrong with it. */
export function parseIssuer(issuer: IssuerDocument, pointer: string, report: Report): Issuer | undefined {
  const units = complete(
    issuer.units.map((unit, index) => take(parseUnitCode(unit), `${pointer}/units/${index}`, report)),
  )
  const chain = complete(
    issuer.certificates.map((pem, index) => take(readCertificate(pem), `${pointer}/certificates/${index}`, report)),
  )
  const [signing] = chain ?? []
  const written = isCanonical(chain ?? [], issuer.certificates, `${pointer}/certificates`, report)
  const revocation = parseRevocation(issuer.revocation ?? {}, `${pointer}/revocation`, report)
  if (!units || !chain || !signing || !written || !revocation || !isChain(chain, `${pointer}/certificates`, report))
    return undefined
  return {
    name: issuer.name,
    key: bindingOfCertificate(signing),
    certificates: issuer.certificates,
    units,
    namesOfficers: issuer.namesOfficers ?? false,
    san: issuer.san ?? 'required',
    revocation,
    development: issuer.development ?? false,
  }
}

/** One text for one certificate, so that an exported configuration reads as what it was: 64 characters a line (RFC 7468 section 2). */
export function isCanonical(
  chain: readonly X509Certificate[],
  pems: readonly string[],
  pointer: string,
  report: Report,
): boolean {
  const odd = chain.findIndex((certificate, index) => certificate.toString() !== pems[index])
  if (odd >= 0) report(`${pointer}/${odd}`, 'is not PEM with 64 characters a line: write it as `openssl x509` does')
  return odd < 0
}

/**
 * RFC 5280 section 6.1: each certificate is issued by the next, the last by itself, and all belong to authorities.
 * Dates are not looked at: the configuration has no clock, they are looked up per request.
 */
export function isChain(chain: readonly X509Certificate[], pointer: string, report: Report): boolean {
  const wrong = chain.flatMap((certificate, index) => {
    const issuer = chain[index + 1] ?? certificate
    if (!certificate.ca) return [{ index, reason: 'is not the certificate of an authority (basic constraints: CA)' }]
    if (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)) return []
    const last = index === chain.length - 1
    const reason = last
      ? 'is the last but not self-signed: add those above it'
      : 'is not issued by the one after it: the signing one comes first'
    return [{ index, reason }]
  })
  for (const { index, reason } of wrong) report(`${pointer}/${index}`, reason)
  return wrong.length === 0
}
