import {
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { cose, decodeAttestationObject, decodeCredentialPublicKey, isoBase64URL } from '@simplewebauthn/server/helpers'
import { createPublicKey } from 'node:crypto'
import type { Instant } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { changeDigest, type Verdict } from '../snapshot/change.ts'
import { assertionOptions, CHALLENGE_MICROS, NO_ORIGIN, originOf } from './assertion-options.ts'
import { findChange } from './changes.ts'
import { answer, type Handler, refuse, textOf } from './outcome.ts'

/** Those whose assertions identity/check-assertion.ts checks (IANA COSE: ES256, RS256). */
const ALGORITHMS = [-7, -257]

/**
 * The challenge only proves that the authenticator is at hand; what makes it count is the change that registers its key.
 */
export const beginAuthenticator: Handler = async call => {
  const origin = originOf(call)
  if (!origin) return refuse('not-found', NO_ORIGIN)
  const options = await generateRegistrationOptions({
    rpName: 'Lienthong',
    rpID: origin.hostname,
    userName: call.officer.id,
    userDisplayName: call.officer.name,
    timeout: CHALLENGE_MICROS / 1000,
    attestationType: 'none',
    excludeCredentials: call.officer.authenticators.map(({ id }) => ({ id })),
    authenticatorSelection: { userVerification: 'required', residentKey: 'discouraged' },
    supportedAlgorithmIDs: ALGORITHMS,
  })
  const until = (call.now + CHALLENGE_MICROS) as Instant
  await call.ports.challenges.put(call.officer.id, 'register', { challenge: options.challenge, until })
  return answer(options)
}

export const verifyAuthenticator: Handler = async call => {
  const origin = originOf(call)
  if (!origin) return refuse('not-found', NO_ORIGIN)
  const open = await call.ports.challenges.take(call.officer.id, 'register')
  if (!open || open.until <= call.now) return refuse('request-invalid', 'Begin again: the options are over.')
  const verified = await verifyRegistration(call.body, open.challenge, origin)
  return verified.ok ? answer(verified.value) : refuse('request-invalid', verified.error)
}

/** What to hand to navigator.credentials.get(): the digest of this change for this verdict is the challenge. */
export const readAssertionOptions: Handler = async call => {
  const origin = originOf(call)
  if (!origin) return refuse('not-found', NO_ORIGIN)
  const change = await findChange(call)
  if (!change.ok) return change.error
  const digest = changeDigest(change.value.text, textOf(call, 'verdict') as Verdict)
  return answer(assertionOptions(call, origin, Buffer.from(digest, 'hex').toString('base64url')))
}

/** Attacker-controlled, though an officer's. */
async function verifyRegistration(
  body: unknown,
  challenge: string,
  origin: URL,
): Promise<Result<{ readonly id: string; readonly publicKey: string }>> {
  try {
    const response = body as RegistrationResponseJSON
    // Checking another attestation would fetch revocation lists from wherever a certificate says.
    const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.response.attestationObject))
    if (attestation.get('fmt') !== 'none') return err('Send no attestation: none was asked for.')
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin.origin,
      expectedRPID: origin.hostname,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (!verified) return err('The authenticator is not what it says.')
    const { id, publicKey } = registrationInfo.credential
    return ok({ id, publicKey: pemOf(publicKey) })
  } catch (thrown) {
    return err(thrown instanceof Error ? `The authenticator is not what it says: ${thrown.message}` : 'unreadable')
  }
}

function pemOf(publicKey: Uint8Array<ArrayBuffer>): string {
  const key = decodeCredentialPublicKey(publicKey)
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? new Uint8Array()).toString('base64url')
  const jwk = cose.isCOSEPublicKeyEC2(key)
    ? { kty: 'EC', crv: 'P-256', x: text(key.get(cose.COSEKEYS.x)), y: text(key.get(cose.COSEKEYS.y)) }
    : cose.isCOSEPublicKeyRSA(key)
      ? { kty: 'RSA', n: text(key.get(cose.COSEKEYS.n)), e: text(key.get(cose.COSEKEYS.e)) }
      : null
  if (jwk === null) throw new TypeError('a kind of key that was not asked for')
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}
