import { bytesOfBits, DerReader, millisOfTime, TAG } from '../der-reader.ts'
import { type Extension, readExtensions } from '../extensions.ts'
import { algorithmOf } from '../signature-algorithm.ts'

/** The parts of a certificate that OCSP speaks of and node:crypto does not show. */
export interface CertificateParts {
  readonly signed: Uint8Array
  readonly algorithm: string
  readonly signature: Uint8Array
  /** Hex. */
  readonly serial: string
  /** DER names. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** DER SubjectPublicKeyInfo, and the bits of the key in it. */
  readonly spki: Uint8Array
  readonly keyBits: Uint8Array
  readonly fromMillis: number
  readonly untilMillis: number
  readonly extensions: readonly Extension[]
}

/** Reads one DER certificate (RFC 5280 section 4.1). Attacker-controlled. Throws DerError. */
export function readCertificate(der: Uint8Array): CertificateParts {
  const outer = new DerReader(der)
  const certificate = outer.inside(outer.next(TAG.sequence))
  outer.finish()
  const signed = certificate.next(TAG.sequence)
  const algorithm = certificate.next(TAG.sequence)
  const signature = certificate.next(TAG.bits)

  const body = certificate.inside(signed)
  if (body.peek === 0xa0) body.next()
  const serial = Buffer.from(body.content(body.next(TAG.integer))).toString('hex')
  body.next(TAG.sequence)
  const issuer = body.whole(body.next(TAG.sequence))
  const validity = body.inside(body.next(TAG.sequence))
  const fromMillis = millisOfTime(validity, validity.next())
  const untilMillis = millisOfTime(validity, validity.next())
  const subject = body.whole(body.next(TAG.sequence))
  const spki = body.next(TAG.sequence)
  const key = body.inside(spki)
  key.next(TAG.sequence)
  const keyBits = bytesOfBits(key.content(key.next(TAG.bits)))
  let extensions: readonly Extension[] = []
  while (body.more) {
    const part = body.next()
    if (part.tag === 0xa3) extensions = readExtensions(body.inside(body.inside(part).next(TAG.sequence)))
  }
  return {
    signed: certificate.whole(signed),
    algorithm: algorithmOf(certificate, algorithm),
    signature: bytesOfBits(certificate.content(signature)),
    serial,
    issuer,
    subject,
    spki: body.whole(spki),
    keyBits,
    fromMillis,
    untilMillis,
    extensions,
  }
}
