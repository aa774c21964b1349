import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { isStrong, keyTypeOf } from './keys.ts'
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from './peculiar.ts'
import { blocksOf } from './pem.ts'

/** A request for a certificate whose sender has shown that it holds the private key. */
export interface CertificateRequest {
  readonly key: KeyObject
  /** Null where the subject has none. */
  readonly commonName: string | null
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  /** As text. */
  readonly ips: readonly string[]
}

/** 64 KiB of PEM: far above any request. */
const MAX_CHARACTERS = 65_536
/** NIST SP 800-57 part 1 needs no more for 128 bits of strength than 3072; verifying 16384 bits takes long. */
const MAX_RSA_BITS = 8192
/** FIPS 186-5 section 5.1: 2^16 < e. */
const MIN_RSA_EXPONENT = 65_537n

/** Object identifiers of the signatures that are accepted, each with its digest: no MD5, no SHA-1 (NIST SP 800-131A). */
const DIGEST_OF: Readonly<Record<string, { readonly hash: string | null; readonly name: string }>> = {
  '1.2.840.113549.1.1.11': { hash: 'sha256', name: 'rsa' },
  '1.2.840.113549.1.1.12': { hash: 'sha384', name: 'rsa' },
  '1.2.840.113549.1.1.13': { hash: 'sha512', name: 'rsa' },
  '1.2.840.10045.4.3.2': { hash: 'sha256', name: 'ec' },
  '1.2.840.10045.4.3.3': { hash: 'sha384', name: 'ec' },
  '1.2.840.10045.4.3.4': { hash: 'sha512', name: 'ec' },
  '1.3.101.112': { hash: null, name: 'ed25519' },
}

const WEAK: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
}

/** RFC 2985 section 5.4.2. */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'

/**
 * Reads one PEM request (PKCS#10, RFC 2986), attacker-controlled, and checks the proof of possession: its signature by the very
 * key that it asks to have certified. Errors say in words what is wrong: unreadable, weak key, weak digest, broken signature.
 *
 * One reader for RSA and EC alike, the signature checked by node:crypto over the bytes that were signed: two parsers of hostile
 * bytes could disagree about what they say.
 */
export function readRequest(pem: string): Result<CertificateRequest> {
  if (pem.length > MAX_CHARACTERS) return err('the file is too large for a request')
  const blocks = [...blocksOf('CERTIFICATE REQUEST', pem), ...blocksOf('NEW CERTIFICATE REQUEST', pem)]
  const [block] = blocks
  if (block === undefined || blocks.length > 1) return err('the file must hold exactly one PEM certificate request')
  const der = Buffer.from(block.replace(/-----[A-Z0-9 ]+-----/g, ''), 'base64')
  try {
    return readParts(der, new Pkcs10CertificateRequest(der))
  } catch {
    return err('the request cannot be read')
  }
}

function readParts(der: Buffer, request: Pkcs10CertificateRequest): Result<CertificateRequest> {
  const key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' })
  const weak = weaknessOf(key)
  if (weak !== null) return err(weak)
  const proof = checkProof(der, request, key)
  if (!proof.ok) return proof
  if (request.attributes.filter(({ type }) => type === EXTENSION_REQUEST).length > 1)
    return err('the request asks for extensions twice')
  const names = request.extensions.filter(extension => extension instanceof SubjectAlternativeNameExtension)
  if (names.length > 1) return err('the request names itself twice')
  const items = names[0]?.names.items ?? []
  const odd = items.find(({ type }) => type !== 'url' && type !== 'dns' && type !== 'ip')
  if (odd)
    return err(`the request holds a name of the kind ${odd.type}; only URIs, DNS names and IP addresses are known`)
  const of = (kind: 'url' | 'dns' | 'ip'): string[] =>
    items.filter(({ type }) => type === kind).map(({ value }) => value)
  return ok({
    key,
    commonName: request.subjectName.getField('CN')[0] ?? null,
    uris: of('url'),
    dnsNames: of('dns'),
    ips: of('ip'),
  })
}

function weaknessOf(key: KeyObject): string | null {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {}
  const type = keyTypeOf(key)
  if (type === null) {
    const what = namedCurve === undefined ? (key.asymmetricKeyType ?? 'unknown') : `on the curve ${namedCurve}`
    return `a key of another kind (${what}): RSA, P-256, P-384 or Ed25519 are accepted`
  }
  if (!isStrong(key)) return `the RSA key has ${modulusLength} bits: 2048 at least`
  if (type !== 'rsa') return null
  if (modulusLength > MAX_RSA_BITS) return `the RSA key has ${modulusLength} bits: ${MAX_RSA_BITS} at most`
  return publicExponent < MIN_RSA_EXPONENT ? `the RSA key has the exponent ${publicExponent}: 65537 at least` : null
}

function checkProof(der: Buffer, request: Pkcs10CertificateRequest, key: KeyObject): Result<null> {
  if (elementOf(der).length !== der.length) return err('bytes follow the request')
  const outer = valueOf(der)
  const information = elementOf(outer)
  const algorithm = elementOf(outer.subarray(information.length))
  const identifier = dotted(valueOf(elementOf(valueOf(algorithm))))
  const digest = Object.hasOwn(DIGEST_OF, identifier) ? DIGEST_OF[identifier] : undefined
  if (!digest) {
    const why = Object.hasOwn(WEAK, identifier) ? `${WEAK[identifier]}, which is broken` : `the algorithm ${identifier}`
    return err(`the request is signed with ${why}: SHA-256 or stronger is accepted`)
  }
  const fits = digest.name === key.asymmetricKeyType
  return fits && verify(digest.hash, information, key, Buffer.from(request.signature))
    ? ok(null)
    : err('the signature of the request is not by its key: whoever sent it does not hold the private key')
}

/** The first element of some DER, header and all. Throws RangeError where it is cut off. */
function elementOf(der: Buffer): Buffer {
  const { header, length } = readHeader(der)
  return der.subarray(0, header + length)
}

/** What the first element of some DER holds. */
function valueOf(der: Buffer): Buffer {
  const { header, length } = readHeader(der)
  return der.subarray(header, header + length)
}

/** X.690 section 8.1: one byte of tag, then the length in one byte or in up to four behind their number. */
function readHeader(der: Buffer): { header: number; length: number } {
  const first = der.readUInt8(1)
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 4 || first === 0x80) throw new RangeError('a length that is none')
  const length = more === 0 ? first : der.readUIntBE(2, more)
  const header = 2 + more
  if (header + length > der.length) throw new RangeError('cut off')
  return { header, length }
}

/** X.690 section 8.19, for identifiers that begin with 1 or 2 and whose first number is below 40. */
function dotted(value: Buffer): string {
  const [first = 0, ...rest] = value
  const numbers = [Math.floor(first / 40), first % 40]
  let number = 0
  for (const byte of rest) {
    number = number * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    numbers.push(number)
    number = 0
  }
  return numbers.join('.')
}
