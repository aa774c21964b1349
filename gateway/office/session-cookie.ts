import { randomBytes } from 'node:crypto'
import { type Digest, digestOf } from '../domain/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** `__Host-`: only over https, only from this host, for all of its paths (RFC 6265bis section 4.1.3.2). */
const NAME = '__Host-lienthong-session'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'
const TOKEN_BYTES = 32
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** A new token and what is kept of it. */
export function newToken(): { readonly token: string; readonly digest: Digest } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  return { token, digest: digestOf(token) }
}

/** `Set-Cookie` that hands the token over. Without an end: it goes with the browser, and the session ends by itself. */
export const sessionCookie = (token: string): string => `${NAME}=${token}; ${ATTRIBUTES}`

/** `Set-Cookie` that takes it away. */
export const noSessionCookie = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`

/** Digest of the token in a `Cookie` header, attacker-controlled; null: there is none. Two of them, or what is no token, is an error. */
export function readSessionCookie(header: string | undefined): Result<Digest | null> {
  const values = (header ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${NAME}=`))
    .map(pair => pair.slice(NAME.length + 1))
  const [token] = values
  if (token === undefined) return ok(null)
  return values.length === 1 && TOKEN.test(token) ? ok(digestOf(token)) : err(`Cookie: one ${NAME}, as it was given`)
}
