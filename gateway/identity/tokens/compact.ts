import { err, ok, type Result } from '../../domain/result.ts'
import type { GatewayKey } from '../signing-keys.ts'

/** Attacker-controlled: whoever calls chooses these characters. A token of ours with a hundred agreements is shorter. */
export const MOST_TOKEN_CHARACTERS = 4096

export interface Compact {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * A JWT in compact form (RFC 7515 sections 5.1 and 7.1), composed here because a key behind PKCS#11 cannot be given to a library.
 * Rejects where the key cannot be reached.
 */
export async function signCompact(type: string, claims: Compact['claims'], key: GatewayKey): Promise<string> {
  // RFC 8725 section 3.1: one algorithm. A JWS library that providers use may know no other.
  if (key.algorithm !== 'ES256')
    throw new TypeError(`tokens and assertions are signed with ES256, not ${key.algorithm}`)
  const input = `${encode({ alg: 'ES256', typ: type, kid: key.id })}.${encode(claims)}`
  const signature = await key.sign(Buffer.from(input, 'ascii'))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

/**
 * Header and claims of a token that this gateway may have made; nothing is verified yet. We read only what we write: a text that is
 * not spelt as `signCompact` spells it is none of ours. Duplicate members (RFC 7515 section 4, RFC 7519 section 4), other spaces
 * or escapes, and other encodings of the same bytes do not survive the comparison.
 */
export function readCompact(token: string): Result<Compact, 'too-long' | 'malformed'> {
  if (token.length > MOST_TOKEN_CHARACTERS) return err('too-long')
  const [first = '', second = '', third = '', ...more] = token.split('.')
  if (more.length > 0 || third === '' || Buffer.from(third, 'base64url').toString('base64url') !== third)
    return err('malformed')
  const header = readPart(first)
  const claims = readPart(second)
  return header && claims ? ok({ header, claims }) : err('malformed')
}

function readPart(part: string): Compact['claims'] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && encode(value) === part ? (value as Compact['claims']) : null
  } catch {
    return null
  }
}
