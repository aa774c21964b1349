import type { KeyObject } from 'node:crypto'
import type { SigningKey } from '../../configuration/objects.ts'
import { type Instant, type Minute, minuteOf } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { SystemId } from '../../domain/system-id.ts'
import { isCovered, isTaken } from './check-coverage.ts'
import { checkWindow } from './check-window.ts'
import { type ClaimedSignature, readSignature } from './read-signature.ts'
import type { SignatureRefusal } from './refusal.ts'
import { type RequestMessage, requestValue } from './request-values.ts'
import { signatureBase } from './signature-base.ts'
import { isAlgorithmOf, verifyBytes } from './verify-bytes.ts'

/** What checking a signature needs of a snapshot; `snapshot` provides it. */
export interface SignerRegistry {
  /** The registered key with this id, and whose it is, whatever its dates; null: none. */
  signingKey(id: string): RegisteredKey | null
}

export interface RegisteredKey extends SigningKey {
  readonly system: SystemId
  readonly publicKey: KeyObject
}

/** A request whose digest was checked, with its signature. All but `consumer` and `hasBody` is attacker-controlled. */
export interface SignedRequest {
  readonly message: RequestMessage
  readonly hasBody: boolean
  /** Whom TLS identified. */
  readonly consumer: SystemId
}

/** A signature that holds. Whether its nonce is new is for the caller to find out. */
export interface HoldingSignature {
  readonly claimed: ClaimedSignature
  readonly key: RegisteredKey
  /** What was signed (RFC 9421 section 2.5). */
  readonly base: string
}

/** It goes into the record, sealed, and records are bounded. */
const MAX_BASE_BYTES = 8_192

/**
 * Whether the consumer signed this request, with a key of its own, for now, and everything in it that matters. Pure.
 * The key is looked for among those of the system that TLS identified: another system's is as unknown as none.
 */
export function checkMessageSignature(
  request: SignedRequest,
  registry: SignerRegistry,
  at: Instant,
): Result<HoldingSignature, SignatureRefusal> {
  const { message, consumer } = request
  const claimed = claimOf(message)
  if (!claimed.ok) return claimed
  if (!isTaken(claimed.value.covered)) return err('component-not-taken')
  if (!isCovered(claimed.value.covered, message, request.hasBody)) return err('not-covered')
  const outside = checkWindow(claimed.value, at)
  if (outside) return err(outside)
  const key = registry.signingKey(claimed.value.keyId)
  if (key?.system !== consumer || !isInForce(key, minuteOf(at))) return err('unknown-key')
  if (!isAlgorithmOf(key.algorithm, claimed.value.algorithm)) return err('algorithm-mismatch')
  return checkBase(claimed.value, key, message)
}

function claimOf(message: RequestMessage): Result<ClaimedSignature, SignatureRefusal> {
  const input = message.fields.get('signature-input')
  const signature = message.fields.get('signature')
  return input === undefined || signature === undefined ? err('incomplete') : readSignature(input, signature)
}

function checkBase(
  claimed: ClaimedSignature,
  key: RegisteredKey,
  message: RequestMessage,
): Result<HoldingSignature, SignatureRefusal> {
  const base = signatureBase(claimed.input, name => requestValue(message, name))
  if (base === null) return err('component-not-taken')
  if (base.length > MAX_BASE_BYTES) return err('base-too-long')
  return verifyBytes(key.algorithm, key.publicKey, Buffer.from(base, 'latin1'), claimed.signature)
    ? ok({ claimed, key, base })
    : err('does-not-hold')
}

/** Half-open, as bindings are. */
export const isInForce = ({ from, until }: SigningKey, minute: Minute): boolean =>
  (from === null || from <= minute) && (until === null || minute < until)
