import { type KeyObject, verify } from 'node:crypto'
import { type DerReader, type DerValue, dotted, TAG } from './der-reader.ts'

/** Signatures that revocation lists and OCSP responses may carry: digests of 256 bits and more (NIST SP 800-131A). */
const ACCEPTED: Readonly<Record<string, { readonly key: string; readonly digest: string | null }>> = {
  // RFC 5758 section 3.2.
  '1.2.840.10045.4.3.2': { key: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', digest: 'sha512' },
  // RFC 4055 section 5.
  '1.2.840.113549.1.1.11': { key: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', digest: 'sha512' },
  // RFC 8410 section 3.
  '1.3.101.112': { key: 'ed25519', digest: null },
}

/** SP 800-131A: less than 112 bits of strength below this. */
const MIN_RSA_BITS = 2048
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']

export const isAccepted = (algorithm: string): boolean => Object.hasOwn(ACCEPTED, algorithm)

/** Whether this key made this signature by this algorithm, all of them strong enough. */
export function verifies(algorithm: string, signed: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  const accepted = isAccepted(algorithm) ? ACCEPTED[algorithm] : undefined
  // A key of another kind would verify by its own rules.
  if (accepted === undefined || accepted.key !== key.asymmetricKeyType) return false
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  if (accepted.key === 'rsa' && modulusLength < MIN_RSA_BITS) return false
  if (accepted.key === 'ec' && !CURVES.includes(namedCurve)) return false
  return verify(accepted.digest, signed, key, signature)
}

/** The dotted name in an AlgorithmIdentifier. */
export function algorithmOf(reader: DerReader, value: DerValue): string {
  return dotted(reader.content(reader.inside(value).next(TAG.oid)))
}
