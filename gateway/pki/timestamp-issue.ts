import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { type Der, fromDer, integer, nothing, octets, oid, sequence, setOf, tagged, time, toDer } from './der.ts'
import { signatureAlgorithm } from './signed.ts'
import { INTEGER, integerOf, isUniversal, itemsOf, octetsOf, oidOf, readDer, wholeOf } from './timestamp-der.ts'
import { SHA256 } from './timestamp-request.ts'

/** A request has less than a hundred bytes. */
export const MOST_REQUEST_BYTES = 4_096

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_TIME = '1.2.840.113549.1.9.5'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'
/** Of nobody: an authority that promises something has a policy of its own. */
export const DEVELOPMENT_POLICY = '1.3.6.1.4.1.99999.1'
/** RFC 3161 section 2.4.2: PKIFailureInfo. */
const FAILURES = { badAlg: 0, badDataFormat: 5 } as const

/** A request as it was read; null: it holds no nonce. */
export interface AskedStamp {
  /** SHA-256 of what is to be stamped. */
  readonly digest: Uint8Array
  readonly nonce: string | null
}

/** Who stamps, and what it says. */
export interface Stamping {
  readonly certificate: string
  /** P-256, P-384 or RSA. */
  readonly key: KeyObject
  /** The clock of the authority; milliseconds are kept. */
  readonly at: Date
  /** New for each stamp, hex. */
  readonly serial: string
}

/** Reads a TimeStampReq; the error is the failure to answer with. */
export function readStampRequest(bytes: Uint8Array): Result<AskedStamp, keyof typeof FAILURES> {
  if (bytes.length > MOST_REQUEST_BYTES) return err('badDataFormat')
  try {
    const [version, imprint, ...rest] = itemsOf(readDer(bytes))
    const [algorithm, digest] = itemsOf(imprint)
    if (integerOf(version) !== '1') return err('badDataFormat')
    if (oidOf(itemsOf(algorithm)[0]) !== SHA256 || octetsOf(digest).length !== 32) return err('badAlg')
    const nonce = rest.find(node => isUniversal(node, INTEGER))
    return ok({ digest: octetsOf(digest), nonce: nonce === undefined ? null : integerOf(nonce) })
  } catch {
    return err('badDataFormat')
  }
}

/** TimeStampResp that grants: one signer, the signing certificate inside (RFC 3161 section 2.4.2, RFC 5816). DER. */
export const makeStampResponse = (request: AskedStamp, stamping: Stamping): Buffer =>
  toDer(sequence(sequence(integer(0n)), tokenOf(request, stamping)))

/** TimeStampResp that refuses. */
export function makeStampRefusal(failure: keyof typeof FAILURES): Buffer {
  const bit = FAILURES[failure]
  const flags = Buffer.of(3, 2, 7 - bit, 0x80 >> bit)
  return toDer(sequence(sequence(integer(2n), fromDer(flags))))
}

function tokenOf({ digest, nonce }: AskedStamp, { certificate, key, at, serial }: Stamping): Der {
  const info = toDer(
    sequence(
      integer(1n),
      oid(DEVELOPMENT_POLICY),
      sequence(sequence(oid(SHA256), nothing()), octets(digest)),
      integer(BigInt(`0x${serial}`)),
      generalizedTime(at),
      ...(nonce === null ? [] : [integer(BigInt(`0x${nonce}`))]),
    ),
  )
  const { raw } = new X509Certificate(certificate)
  const attributes = [
    attribute(CONTENT_TYPE, oid(TST_INFO)),
    attribute(SIGNING_TIME, time(at)),
    attribute(MESSAGE_DIGEST, octets(sha256(info))),
    attribute(SIGNING_CERTIFICATE_V2, sequence(sequence(sequence(octets(sha256(raw)))))),
    // X.690 section 11.6: the items of a SET OF rise.
  ].toSorted((a, b) => Buffer.compare(toDer(a), toDer(b)))
  const digestAlgorithm = sequence(oid(SHA256), nothing())
  const signer = sequence(
    integer(1n),
    issuerAndSerial(raw),
    digestAlgorithm,
    tagged(0, ...attributes),
    signatureAlgorithm(key),
    octets(sign(hashOf(key), toDer(setOf(...attributes)), key)),
  )
  const signedData = sequence(
    integer(3n),
    setOf(digestAlgorithm),
    sequence(oid(TST_INFO), tagged(0, octets(info))),
    tagged(0, fromDer(raw)),
    setOf(signer),
  )
  return sequence(oid(SIGNED_DATA), tagged(0, signedData))
}

const attribute = (type: string, value: Der): Der => sequence(oid(type), setOf(value))

/** `YYYYMMDDhhmmss.sssZ` without zeros at its end (RFC 3161 section 2.4.2). */
function generalizedTime(at: Date): Der {
  const [seconds = '', fraction = ''] = at
    .toISOString()
    .replaceAll(/[-:TZ]/g, '')
    .split('.')
  const decimals = fraction.replace(/0+$/, '')
  const text = `${seconds}${decimals === '' ? '' : `.${decimals}`}Z`
  return fromDer(Buffer.concat([Buffer.of(0x18, text.length), Buffer.from(text, 'latin1')]))
}

function issuerAndSerial(certificate: Uint8Array): Der {
  const [, serial, , issuer] = itemsOf(itemsOf(readDer(certificate))[0])
  if (!serial || !issuer) throw new TypeError('not a certificate')
  return sequence(fromDer(wholeOf(issuer)), fromDer(wholeOf(serial)))
}

/** The hash of signatureAlgorithm for this key. */
const hashOf = (key: KeyObject): string => (key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256')

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
