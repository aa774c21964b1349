import type { Instant } from '../../domain/instant.ts'
import type { SignatureRefusal } from './refusal.ts'

const MICROS_PER_SECOND = 1_000_000
/** As long as a nonce has to be remembered, and no longer: seconds. */
const MAX_LIFETIME = 300
/** How far the clocks of a caller and of the gateway may be apart: seconds. */
export const SKEW_SECONDS = 30

/** Whether the signature is valid at `at`; `created` and `expires` in seconds since 1970. Null: it is. */
export function checkWindow(
  { created, expires }: { readonly created: number; readonly expires: number },
  at: Instant,
): Extract<SignatureRefusal, 'not-yet-valid' | 'expired' | 'valid-too-long'> | null {
  const now = at / MICROS_PER_SECOND
  if (expires <= created || expires > created + MAX_LIFETIME) return 'valid-too-long'
  if (created > now + SKEW_SECONDS) return 'not-yet-valid'
  return expires + SKEW_SECONDS <= now ? 'expired' : null
}
