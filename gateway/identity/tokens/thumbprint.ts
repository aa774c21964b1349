import type { Digest } from '../../domain/digest.ts'

/** `x5t#S256` (RFC 8705 section 3.1) of a certificate whose DER has this SHA-256. */
export const thumbprintOf = (fingerprint: Digest): string => Buffer.from(fingerprint, 'hex').toString('base64url')
