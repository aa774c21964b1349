import { Buffer } from 'node:buffer'
import { err, ok, type Result } from '../domain/result.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const CONTROL = /\p{Cc}/u
const PLAIN = /^[A-Za-z0-9._~-]*$/
// RFC 3986 sections 3.3 and 3.4, without `;`: some providers take it for `&`, and would read other parameters than we checked.
const COMPONENT = /^(?:[A-Za-z0-9._~!$'()*+,=:@/?-]|%[0-9A-Fa-f]{2})*$/

/**
 * Percent-decodes one component of an attacker-controlled URL (RFC 3986 section 2.1) as UTF-8, strictly: broken escapes, characters that must be
 * escaped, overlong or broken UTF-8 and control characters (NUL among them, escaped or not) are refused. `+` is a plus.
 * The caller bounds the length.
 */
export function decodeText(raw: string): Result<string> {
  if (PLAIN.test(raw)) return ok(raw)
  if (!COMPONENT.test(raw)) return err('must be percent-encoded, with two hex digits after each %')
  const bytes = Buffer.from(
    raw.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  try {
    const text = decoder.decode(bytes)
    return CONTROL.test(text) ? err('must not hold control characters') : ok(text)
  } catch {
    return err('must be UTF-8, percent-encoded')
  }
}
