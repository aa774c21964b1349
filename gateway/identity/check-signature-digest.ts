/**
 * Signature algorithms of certificates whose digest can be made to collide (SP 800-131A section 9), by the bytes of their object
 * identifiers: MD2, MD4, MD5 and SHA-1 with RSA (RFC 3279 section 2.2.1), SHA-1 with DSA (2.2.2) and with ECDSA (2.2.3).
 */
const WEAK: ReadonlySet<string> = new Set([
  '2a864886f70d010102',
  '2a864886f70d010103',
  '2a864886f70d010104',
  '2a864886f70d010105',
  '2a8648ce380403',
  '2a8648ce3d0401',
])

const SEQUENCE = 0x30
const OBJECT_IDENTIFIER = 0x06

/**
 * Whether a certificate (DER) is signed over a weak digest. Reads no more than the way to the algorithm: Certificate ::= SEQUENCE
 * { tbsCertificate, signatureAlgorithm SEQUENCE { algorithm, ... }, ... } (RFC 5280 section 4.1). Attacker-controlled; false for
 * what is no certificate: this only says why OpenSSL refused.
 */
export function hasWeakDigest(der: Uint8Array): boolean {
  const certificate = elementAt(der, 0)
  const signed = certificate?.tag === SEQUENCE ? elementAt(der, certificate.start) : null
  const algorithm = signed ? elementAt(der, signed.end) : null
  const identifier = algorithm?.tag === SEQUENCE ? elementAt(der, algorithm.start) : null
  if (identifier?.tag !== OBJECT_IDENTIFIER) return false
  return WEAK.has(Buffer.from(der.subarray(identifier.start, identifier.end)).toString('hex'))
}

/** Tag and content of the element at an offset; null where it does not lie within the bytes. */
function elementAt(der: Uint8Array, at: number): { tag: number; start: number; end: number } | null {
  const tag = der[at]
  const first = der[at + 1]
  if (tag === undefined || first === undefined) return null
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  // A certificate of a handshake is shorter than 16 MiB (RFC 8446 section 4.4.2).
  if (first === 0x80 || lengthBytes > 3) return null
  const start = at + 2 + lengthBytes
  let length = lengthBytes === 0 ? first : 0
  for (const byte of der.subarray(at + 2, start)) length = length * 256 + byte
  const end = start + length
  return end <= der.length ? { tag, start, end } : null
}
