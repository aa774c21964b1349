import type { Digest } from '../../domain/digest.ts'
import type { Instant } from '../../domain/instant.ts'
import type { AgreementId } from '../../domain/purpose.ts'
import type { RevisionNumber } from '../../domain/revision-number.ts'
import type { SystemId } from '../../domain/system-id.ts'
import type { GatewayKey } from '../signing-keys.ts'
import { signCompact } from './compact.ts'
import { thumbprintOf } from './thumbprint.ts'
import { wholeSeconds } from './whole-seconds.ts'

/** RFC 9068 section 2.1: an explicit type, so that no other token of ours passes for an access token (RFC 8725 section 3.11). */
export const TOKEN_TYPE = 'at+jwt'

/** Seconds. Short, because a token is not looked up when it is used; what it is used for is decided again each time. */
export const TOKEN_LIFETIME = 300

/** Whom a token is for: the exchanges of this gateway, and nothing else of it. */
export const audienceOf = (issuer: string): string => `${issuer}/exchange`

/** What a token says. */
export interface TokenGrant {
  readonly issuer: string
  readonly client: SystemId
  /** Of the certificate whose holder alone may use it. */
  readonly certificate: Digest
  readonly agreements: readonly AgreementId[]
  readonly revision: RevisionNumber
  /** Unique, not guessable. */
  readonly id: string
  readonly at: Instant
}

/** An access token (RFC 9068) that is bound to the client's certificate (RFC 8705 section 3.1). */
export function issueToken(grant: TokenGrant, key: GatewayKey): Promise<string> {
  const iat = wholeSeconds(grant.at)
  const claims = {
    iss: grant.issuer,
    sub: grant.client,
    client_id: grant.client,
    aud: audienceOf(grant.issuer),
    iat,
    exp: iat + TOKEN_LIFETIME,
    jti: grant.id,
    scope: grant.agreements.join(' '),
    cnf: { 'x5t#S256': thumbprintOf(grant.certificate) },
    revision: grant.revision,
  }
  return signCompact(TOKEN_TYPE, claims, key)
}
