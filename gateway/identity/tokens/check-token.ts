import { hash } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Digest } from '../../domain/digest.ts'
import type { Instant } from '../../domain/instant.ts'
import type { AgreementId } from '../../domain/purpose.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { SystemId } from '../../domain/system-id.ts'
import type { GatewayKeys } from '../signing-keys.ts'
import { readCompact } from './compact.ts'
import { audienceOf, TOKEN_LIFETIME, TOKEN_TYPE } from './issue-token.ts'
import { LastUsed } from './last-used.ts'
import { thumbprintOf } from './thumbprint.ts'
import { wholeSeconds } from './whole-seconds.ts'

/** Every way a token is none for this call. */
export type TokenRefusal =
  | 'too-long'
  | 'malformed'
  | 'wrong-type'
  | 'critical-extension'
  | 'unknown-key'
  | 'not-verified'
  | 'expired'
  | 'incomplete'
  | 'from-the-future'
  | 'of-another-system'
  | 'of-another-certificate'
  | 'for-other-agreements'

/** What a good token says. */
export interface Token {
  readonly id: string
  /** The key that signed it. */
  readonly key: string
  readonly client: string
  /** base64url of the SHA-256 of the certificate whose holder may use it. */
  readonly thumbprint: string
  readonly agreements: ReadonlySet<string>
  /** Seconds since 1970, with the tolerance. */
  readonly until: number
}

/** Who shows a token, over which certificate, and for what. */
export interface Bearer {
  readonly system: SystemId
  readonly certificate: Digest
  readonly agreement: AgreementId
}

/** Seconds by which the clocks of gateways that share their keys may differ. */
const TOLERANCE = 5
/** Tokens that were found good, about 400 bytes each. */
const MOST_KEPT = 10_000

/**
 * Checks access tokens. The same token comes with many calls: what does not depend on the call is kept, under the digest of the
 * token. The binding, the agreement, the end and whether its key is still accepted are looked at each time.
 */
export class TokenChecker {
  readonly #issuer: () => string
  readonly #keys: GatewayKeys
  readonly #good = new LastUsed<Token>(MOST_KEPT)

  /** `issuer`: our own address. Asked each time, since a port may be known only once it is open. */
  constructor(issuer: () => string, keys: GatewayKeys) {
    this.#issuer = issuer
    this.#keys = keys
  }

  /** `text` is attacker-controlled. */
  check(text: string, bearer: Bearer, at: Instant): Result<Token, TokenRefusal> {
    const checked = this.#verified(text, wholeSeconds(at))
    if (!checked.ok) return checked
    const token = checked.value
    if (token.client !== bearer.system) return err('of-another-system')
    if (token.thumbprint !== thumbprintOf(bearer.certificate)) return err('of-another-certificate')
    return token.agreements.has(bearer.agreement) ? checked : err('for-other-agreements')
  }

  #verified(text: string, now: number): Result<Token, TokenRefusal> {
    const digest = hash('sha256', text, 'base64')
    const known = this.#good.get(digest)
    if (known && now >= known.until) return err('expired')
    // A key that was withdrawn takes its tokens with it.
    if (known) return this.#isAccepted(known.key) ? ok(known) : err('unknown-key')
    const verified = verify(text, this.#issuer(), this.#keys, now)
    if (verified.ok) this.#good.set(digest, verified.value)
    return verified
  }

  #isAccepted(key: string): boolean {
    return this.#keys.published('tokens').some(({ id }) => id === key)
  }
}

/** RFC 8725 section 3, RFC 9068 section 4. The cheap checks come first. */
function verify(text: string, issuer: string, keys: GatewayKeys, now: number): Result<Token, TokenRefusal> {
  const read = readCompact(text)
  if (!read.ok) return read
  const { header, claims } = read.value
  if (header.typ !== TOKEN_TYPE) return err('wrong-type')
  // RFC 7515 section 4.1.11: an extension that is not understood makes the token invalid. We understand none.
  if ('crit' in header) return err('critical-extension')
  const key = keys.published('tokens').find(({ id }) => id === header.kid)
  if (!key) return err('unknown-key')
  try {
    jwt.verify(text, key.publicKey, {
      algorithms: ['ES256'],
      issuer,
      audience: audienceOf(issuer),
      maxAge: TOKEN_LIFETIME,
      clockTolerance: TOLERANCE,
      clockTimestamp: now,
    })
  } catch (thrown) {
    return err((thrown as Error).name === 'TokenExpiredError' ? 'expired' : 'not-verified')
  }
  return tokenIn(claims, key.id, now)
}

/** What a library leaves to its callers: which claims have to be there, and of which type. */
function tokenIn(claims: Readonly<Record<string, unknown>>, key: string, now: number): Result<Token, TokenRefusal> {
  const { iat, exp, jti, sub, client_id, aud, scope, cnf } = claims
  const thumbprint = (cnf as Readonly<Record<string, unknown>> | null | undefined)?.['x5t#S256']
  if (
    !isTime(exp) ||
    !isTime(iat) ||
    !isText(jti) ||
    !isText(sub) ||
    !isText(aud) ||
    !isText(scope) ||
    sub !== client_id
  )
    return err('incomplete')
  if (!isText(thumbprint)) return err('incomplete')
  if (iat > now + TOLERANCE) return err('from-the-future')
  return ok({ id: jti, key, client: sub, thumbprint, agreements: new Set(scope.split(' ')), until: exp + TOLERANCE })
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
