import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Officer } from '../configuration/objects.ts'
import { bindingOf } from '../domain/binding.ts'
import type { Digest } from '../domain/digest.ts'
import { type OfficerId, parseOfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** What an officer says with a signature. */
export type Statement = 'approval' | 'genesis' | 'recovery'

/** RFC 8725 section 3.11: explicit types, so that no other token of ours can pass for one of these, nor one of these for the other. */
const TYPES = {
  approval: 'lienthong-approval+jwt',
  genesis: 'lienthong-genesis+jwt',
  recovery: 'lienthong-recovery+jwt',
} as const satisfies Record<Statement, string>
const NOT_ONE = {
  approval: 'not an approval',
  genesis: 'not a signature of a genesis',
  recovery: 'not a signature of a recovery',
} as const satisfies Record<Statement, string>

/** Attacker-controlled where a database administrator writes it. */
const MAX_TOKEN_CHARACTERS = 8192

/** A revision verifies for ever, whatever the clock says: an approval that ended would stop every later start. */
const TIMELESS = { ignoreExpiration: true, ignoreNotBefore: true } as const

type Algorithm = 'ES256' | 'ES384' | 'PS256'

/** One algorithm per kind of key: the token does not choose. Null: officers' keys are P-256, P-384 or RSA. */
function algorithmOf(key: KeyObject): Algorithm | null {
  if (key.asymmetricKeyType === 'rsa') return 'PS256'
  if (key.asymmetricKeyType !== 'ec') return null
  const curve = key.asymmetricKeyDetails?.namedCurve
  return curve === 'prime256v1' ? 'ES256' : curve === 'secp384r1' ? 'ES384' : null
}

/**
 * An officer's signature (JWS, RFC 7515) over a digest: of a change, or of the text of the genesis. The public key travels in the
 * header.
 */
export function signApproval(
  officer: OfficerId,
  digest: Digest,
  key: KeyObject,
  statement: Statement = 'approval',
): string {
  const publicKey = createPublicKey(key)
  const algorithm = algorithmOf(publicKey)
  if (algorithm === null) throw new TypeError('an officer signs with a P-256, P-384 or RSA key')
  const header = { alg: algorithm, typ: TYPES[statement], jwk: publicKey.export({ format: 'jwk' }) }
  return jwt.sign({ sub: officer, digest }, key, { algorithm, header: header })
}

/**
 * The officer who signed this digest: the key in the token is bound to an officer of this list who is not disabled, the
 * signature holds, and the token says what it has to say.
 */
export function checkApproval(
  token: string,
  digest: Digest,
  officers: readonly Officer[],
  statement: Statement = 'approval',
): Result<Officer> {
  if (token.length > MAX_TOKEN_CHARACTERS) return err('too long')
  const key = keyIn(token)
  if (key === null) return err('no public key in the header')
  const binding = bindingOf(key.export({ type: 'spki', format: 'der' }))
  const officer = officers.find(candidate => candidate.key === binding)
  if (!officer || officer.disabled) return err('signed by no active officer')
  const algorithm = algorithmOf(key)
  if (algorithm === null) return err('a kind of key that officers do not have')
  try {
    const { header, payload } = jwt.verify(token, key, { algorithms: [algorithm], complete: true, ...TIMELESS })
    if (header.typ !== TYPES[statement] || 'crit' in header) return err(NOT_ONE[statement])
    if (typeof payload === 'string' || 'exp' in payload || 'nbf' in payload) return err('an approval has no end')
    if (payload.digest !== digest) return err('signed over another text')
    const subject = parseOfficerId(payload.sub ?? '')
    return subject.ok && subject.value === officer.id ? ok(officer) : err('names another officer')
  } catch {
    return err('the signature does not hold')
  }
}

function keyIn(token: string): KeyObject | null {
  try {
    const header = jwt.decode(token, { complete: true })?.header as { jwk?: JsonWebKey } | undefined
    return header?.jwk ? createPublicKey({ key: header.jwk, format: 'jwk' }) : null
  } catch {
    return null
  }
}
