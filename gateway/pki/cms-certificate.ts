import { createHash, type KeyObject } from 'node:crypto'
import { fromDer, integer, oid, octets, sequence, setOf, tagged, time, toDer, utf8String } from './der.ts'
import { ecdsaSignature, ECDSA_SHA256, type RawSigner } from './cms-parts.ts'

const COMMON_NAME = '2.5.4.3'
const BASIC_CONSTRAINTS = '2.5.29.19'
const KEY_USAGE = '2.5.29.15'
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14'
/** digitalSignature and nonRepudiation: bits 0 and 1 (RFC 5280 section 4.2.1.3). */
const SIGNS = Buffer.from('030206c0', 'hex')
/** RFC 5280 section 4.1.2.5: "no well-defined expiration date". What it signed is checked years later; its key is endorsed and retired by the log. */
const NO_END = new Date('9999-12-31T23:59:59Z')

export interface PackCertificateOptions {
  readonly publicKey: KeyObject
  /** For people: `Lienthong evidence packs, gateway-1`. */
  readonly commonName: string
  readonly notBefore: Date
  readonly sign: RawSigner
}

/**
 * A self-signed certificate (DER, X.509 version 3, RFC 5280) for a P-256 key that signs evidence packs and nothing else: no
 * authority stands above it, because auditors trust the key by what the control lane and a sheet of paper say of it.
 */
export async function makePackCertificate(options: PackCertificateOptions): Promise<Buffer> {
  const { publicKey, commonName, notBefore, sign } = options
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const identifier = createHash('sha256').update(spki).digest()
  const name = sequence(setOf(sequence(oid(COMMON_NAME), utf8String(commonName))))
  const algorithm = sequence(oid(ECDSA_SHA256))
  const extensions = [
    sequence(oid(BASIC_CONSTRAINTS), fromDer(TRUE), octets(toDer(sequence()))),
    sequence(oid(KEY_USAGE), fromDer(TRUE), octets(SIGNS)),
    sequence(oid(SUBJECT_KEY_IDENTIFIER), octets(toDer(octets(identifier)))),
  ]
  const toSign = sequence(
    tagged(0, integer(2n)),
    integer(serialOf(identifier)),
    algorithm,
    name,
    sequence(time(notBefore), time(NO_END)),
    name,
    fromDer(spki),
    tagged(3, sequence(...extensions)),
  )
  return toDer(sequence(toSign, algorithm, ecdsaSignature(await sign(toDer(toSign)))))
}

const TRUE = Buffer.from('0101ff', 'hex')

/** One key has one certificate, so its serial number may come from the key. Positive, 16 octets. */
function serialOf(identifier: Buffer): bigint {
  const bytes = Buffer.from(identifier.subarray(0, 16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return BigInt(`0x${bytes.toString('hex')}`)
}
