import { bits, type Der, integer, sequence, toDer } from './der.ts'

/** RFC 5758 section 3.2. */
export const ECDSA_SHA256 = '1.2.840.10045.4.3.2'

/** ES256: r and s, 32 bytes each (IEEE P1363). */
export type RawSigner = (data: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** Bytes of r, and of s. */
const HALF = 32

/** ECDSA-Sig-Value of RFC 3279 section 2.2.3, DER. */
export function ecdsaValue(raw: Uint8Array): Buffer {
  if (raw.length !== 2 * HALF) throw new TypeError('an ES256 signature has 64 bytes')
  const half = (from: number): Der =>
    integer(BigInt(`0x${Buffer.from(raw.subarray(from, from + HALF)).toString('hex')}`))
  return toDer(sequence(half(0), half(HALF)))
}

/** As a certificate carries it. */
export const ecdsaSignature = (raw: Uint8Array): Der => bits(ecdsaValue(raw))
