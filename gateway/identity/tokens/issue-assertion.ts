import { hash } from 'node:crypto'
import type { ExchangeId } from '../../domain/exchange-id.ts'
import type { Instant } from '../../domain/instant.ts'
import type { AgreementId, Purpose } from '../../domain/purpose.ts'
import type { SystemId } from '../../domain/system-id.ts'
import type { GatewayKey } from '../signing-keys.ts'
import { signCompact } from './compact.ts'
import { wholeSeconds } from './whole-seconds.ts'

export const ASSERTION_TYPE = 'lienthong-assertion+jwt'

/** Seconds. A provider gets it at once; it keeps the `jti` that long, so that none is used twice. */
export const ASSERTION_LIFETIME = 60

/** One request as it goes to a provider. */
export interface AssertedRequest {
  readonly exchange: ExchangeId
  readonly provider: SystemId
  readonly consumer: SystemId
  readonly method: string
  /** Path and query at the provider, byte for byte. */
  readonly target: string
  readonly body: Uint8Array
  readonly agreement: AgreementId
  readonly purpose: Purpose | null
  readonly at: Instant
}

/**
 * The gateway's word to a provider that it decided on this very request: `Exchange-Assertion`. The provider checks it without the
 * gateway's connection, and can keep it. It names digests, never the target: that can hold personal data.
 */
export function issueAssertion(request: AssertedRequest, issuer: string, key: GatewayKey): Promise<string> {
  const iat = wholeSeconds(request.at)
  const claims = {
    iss: issuer,
    aud: request.provider,
    sub: request.consumer,
    jti: request.exchange,
    iat,
    exp: iat + ASSERTION_LIFETIME,
    htm: request.method,
    target: hash('sha256', request.target, 'base64url'),
    body: hash('sha256', request.body, 'base64url'),
    agreement: request.agreement,
    purpose: request.purpose,
  }
  return signCompact(ASSERTION_TYPE, claims, key)
}
