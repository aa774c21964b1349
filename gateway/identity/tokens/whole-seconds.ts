import type { Instant } from '../../domain/instant.ts'

/** NumericDate (RFC 7519 section 2), rounded down. */
export const wholeSeconds = (at: Instant): number => Math.floor(at / 1_000_000)
