import { createHash, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import type { Officer } from '../configuration/objects.ts'
import type { Digest } from '../domain/digest.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** An officer's word from a browser: what navigator.credentials.get() gave, all base64url, and whose it is. */
export interface Assertion {
  readonly officer: OfficerId
  /** Of the credential. */
  readonly id: string
  readonly authenticatorData: string
  readonly clientDataJSON: string
  readonly signature: string
}

/** Attacker-controlled where a database administrator writes it. Characters of each member. */
const MOST_CHARACTERS = 4096
const MEMBERS = ['officer', 'id', 'authenticatorData', 'clientDataJSON', 'signature']
const BASE64URL = /^[A-Za-z0-9_-]+$/

/** rpIdHash, flags and counter (Web Authentication Level 2, section 6.1). */
const LEAST_AUTHENTICATOR_DATA = 37
const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04

/** Whether an attacker-controlled plain value has the shape of an assertion; nothing is said about what it holds. */
export function isAssertion(value: unknown): value is Assertion {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Readonly<Record<string, unknown>>
  return (
    Object.keys(fields).length === MEMBERS.length &&
    MEMBERS.every(name => typeof fields[name] === 'string' && fields[name].length <= MOST_CHARACTERS) &&
    MEMBERS.slice(1).every(name => BASE64URL.test(fields[name] as string))
  )
}

/**
 * The officer whose registered authenticator signed this digest, at this origin, having verified its user: Web Authentication Level
 * 2, section 7.2, as far as it concerns a statement that is kept. The digest is the challenge, so each assertion is good for one
 * change and one verdict for ever, and for nothing else; the signature counter (step 21) tells of cloned authenticators at a login
 * and means nothing to whoever verifies the same assertion again. Pure.
 */
export function checkAssertion(
  assertion: Assertion,
  digest: Digest,
  origin: string | null,
  officers: readonly Officer[],
): Result<Officer> {
  if (origin === null) return err('the genesis names no office origin: nobody signs in a browser')
  if (!isAssertion(assertion)) return err('no assertion')
  // Steps 5 to 7: the credential is one of the officer's own.
  const officer = officers.find(({ id }) => id === assertion.officer)
  const authenticator = officer?.authenticators.find(({ id }) => id === assertion.id)
  if (!officer || officer.disabled || !authenticator) return err('signed by no authenticator of an active officer')
  const clientData = Buffer.from(assertion.clientDataJSON, 'base64url')
  const client = checkClientData(clientData, digest, origin)
  if (!client.ok) return client
  const authenticatorData = Buffer.from(assertion.authenticatorData, 'base64url')
  const data = checkAuthenticatorData(authenticatorData, new URL(origin).hostname)
  if (!data.ok) return data
  // Steps 19 and 20.
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientData).digest()])
  return holds(authenticator.publicKey, signed, Buffer.from(assertion.signature, 'base64url'))
    ? ok(officer)
    : err('the signature does not hold')
}

/** Steps 9 to 13. */
function checkClientData(bytes: Uint8Array, digest: Digest, origin: string): Result<null> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return err('client data that cannot be read')
  }
  const { type, challenge, origin: at, crossOrigin } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (type !== 'webauthn.get') return err('not an assertion')
  if (challenge !== Buffer.from(digest, 'hex').toString('base64url')) return err('signed over another text')
  if (at !== origin) return err('signed at another origin')
  return crossOrigin === undefined || crossOrigin === false ? ok(null) : err('signed inside a page of another origin')
}

/** Steps 15 to 17. */
function checkAuthenticatorData(bytes: Buffer, rpId: string): Result<null> {
  if (bytes.length < LEAST_AUTHENTICATOR_DATA) return err('authenticator data that cannot be read')
  if (!timingSafeEqual(bytes.subarray(0, 32), createHash('sha256').update(rpId).digest()))
    return err('signed for another relying party')
  const flags = bytes[32] ?? 0
  if ((flags & USER_PRESENT) === 0) return err('nobody was present')
  return (flags & USER_VERIFIED) === 0 ? err('the authenticator did not verify its user') : ok(null)
}

/** One algorithm per kind of key: ES256 (ASN.1, Web Authentication section 6.5.5) or RS256. */
function holds(pem: string, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', signed, createPublicKey(pem), signature)
  } catch {
    return false
  }
}
