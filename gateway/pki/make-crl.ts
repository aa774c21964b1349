import { type Der, enumerated, fromDer, integer, octets, oid, sequence, tagged, time, toDer } from './der.ts'
import { keyIdentifierOf } from './extensions.ts'
import { pemOf } from './pem.ts'
import { signatureAlgorithm, signed } from './signed.ts'
import { type Authority, subjectOf } from './sign-certificate.ts'

/** RFC 5280 section 5.3.1. removeFromCRL is missing: it belongs to delta CRLs, which are not made here. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const
export type RevocationReason = keyof typeof REVOCATION_REASONS

export interface Revoked {
  /** Hex, as `X509Certificate.serialNumber` of node:crypto shows it. */
  readonly serial: string
  readonly at: Date
  readonly reason: RevocationReason
}

/** RFC 5280 sections 5.2.3 and 5.3.1. */
const OID = { crlNumber: '2.5.29.20', reasonCode: '2.5.29.21' } as const

/**
 * Makes a full CRL of `authority` (RFC 5280 section 5), PEM. `number` must rise from one CRL of the authority to the next.
 * Throws for a serial that is not hexadecimal or comes twice.
 *
 * Built here because @peculiar/x509 writes an empty SEQUENCE of extensions for an entry without reason (forbidden by section
 * 5.1) and takes quadratic time over the entries.
 */
export function makeCrl(
  authority: Authority,
  revoked: readonly Revoked[],
  number: number | bigint,
  thisUpdate: Date,
  nextUpdate: Date,
): string {
  const list = sequence(
    integer(1n),
    signatureAlgorithm(authority.key),
    fromDer(new Uint8Array(subjectOf(authority.certificate).toArrayBuffer())),
    time(thisUpdate),
    time(nextUpdate),
    ...entries(revoked),
    tagged(0, sequence(...crlExtensions(authority.certificate, BigInt(number)))),
  )
  return pemOf('X509 CRL', signed(list, authority.key))
}

/** RFC 5280 section 5.1.2.6: absent where there are none. */
function entries(revoked: readonly Revoked[]): Der[] {
  const serials = new Set(revoked.map(({ serial }) => serialOf(serial)))
  if (serials.size < revoked.length) throw new RangeError('a serial number comes twice')
  return revoked.length === 0 ? [] : [sequence(...revoked.map(entry))]
}

/** RFC 5280 section 5.3.1: the reason should be absent instead of `unspecified`. */
const entry = ({ serial, at, reason }: Revoked): Der =>
  reason === 'unspecified'
    ? sequence(integer(serialOf(serial)), time(at))
    : sequence(
        integer(serialOf(serial)),
        time(at),
        sequence(extension(OID.reasonCode, enumerated(REVOCATION_REASONS[reason]))),
      )

function serialOf(hex: string): bigint {
  if (!/^[0-9a-fA-F]{1,40}$/.test(hex)) throw new RangeError('a serial number is 1 to 40 hex digits')
  return BigInt(`0x${hex}`)
}

/** RFC 5280 section 5.2: both MUST be present; the key identifier can be named only if the authority's certificate has one. */
function crlExtensions(certificate: string, number: bigint): Der[] {
  const identifier = keyIdentifierOf(certificate)
  return [
    ...(identifier === null ? [] : [fromDer(new Uint8Array(identifier.rawData))]),
    extension(OID.crlNumber, integer(number)),
  ]
}

const extension = (id: string, value: Der): Der => sequence(oid(id), octets(toDer(value)))
