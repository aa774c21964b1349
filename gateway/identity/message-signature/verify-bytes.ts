import { constants, type KeyObject, verify } from 'node:crypto'
import type { MessageAlgorithm } from '../../configuration/objects.ts'

/**
 * The name that a signature may give for the algorithm in `alg` (RFC 9421 section 3.3). PS256 is not in that registry: as an
 * algorithm of JWS (section 3.3.7) it is known by the key alone, and `alg` MUST NOT be there.
 */
const REGISTERED = {
  ES256: 'ecdsa-p256-sha256',
  Ed25519: 'ed25519',
  PS256: null,
} as const satisfies Record<MessageAlgorithm, string | null>

/** Whether `alg` of a signature agrees with its key; null: it named none. */
export const isAlgorithmOf = (algorithm: MessageAlgorithm, named: string | null): boolean =>
  named === null || named === REGISTERED[algorithm]

/** RFC 7518 section 3.5: the salt of PS256 is as long as its digest. */
const PS256 = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as const

/**
 * Whether the signature holds over the bytes. The key says how: ES256 with r and s in 32 bytes each (RFC 9421 section 3.3.4),
 * Ed25519 (section 3.3.6), or RSASSA-PSS with SHA-256 (RFC 7518 section 3.5).
 */
export function verifyBytes(
  algorithm: MessageAlgorithm,
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (algorithm) {
    case 'ES256':
      return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'Ed25519':
      return verify(null, bytes, key, signature)
    case 'PS256':
      return verify('sha256', bytes, { key, ...PS256 }, signature)
  }
}
