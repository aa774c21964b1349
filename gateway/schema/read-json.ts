import { Buffer, isAscii } from 'node:buffer'
import { err, ok, type Result } from '../domain/result.ts'
import { explainJson } from './explain-json.ts'
import type { JsonRefusal } from './json-refusal.ts'
import type { JsonValue } from './json-value.ts'
import { countNames, SUSPECT, TOO_DEEP } from './scan-json.ts'

export interface JsonLimits {
  /** Containers inside one another; a scalar has none. */
  readonly maxDepth: number
}

const DEFAULT_LIMITS: JsonLimits = { maxDepth: 32 }

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads attacker-controlled bytes as JSON that every party reads alike (RFC 8259, I-JSON RFC 7493): UTF-8 without byte order
 * mark, each member name once, no unpaired surrogate, only numbers that a double holds, bounded nesting, and no member that
 * reaches a JavaScript prototype (`__proto__`; `prototype` in `constructor`). The caller bounds the size.
 */
export function readJson(bytes: Uint8Array, limits: JsonLimits = DEFAULT_LIMITS): Result<JsonValue, JsonRefusal> {
  if (bytes.length === 0) return err({ reason: 'empty' })
  const text = decode(bytes)
  if (text === null) return err({ reason: 'not-utf8' })

  // Counted before anything is built: JSON.parse takes seconds for a megabyte of brackets.
  const names = countNames(bytes, limits.maxDepth)
  if (names === TOO_DEEP) return err({ reason: 'too-deep' })
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return err({ reason: 'syntax' })
  }
  // JSON.parse keeps the last of equal names: the text then has more names than the value.
  if (names !== SUSPECT && names === namesIn(value)) return ok(value)
  const refusal = explainJson(text)
  return refusal ? err(refusal) : ok(value)
}

function decode(bytes: Uint8Array): string | null {
  // A flat one-byte string is six times faster to make and the usual case.
  if (isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  // RFC 8259 section 8.1: implementations MUST NOT add a byte order mark.
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return null
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

function namesIn(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0
  let names = 0
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) names += namesIn(value[i] as JsonValue)
    return names
  }
  const object = value as Record<string, JsonValue>
  for (const name in object) {
    names++
    const member = object[name] as JsonValue
    if (typeof member === 'object' && member !== null) names += namesIn(member)
  }
  return names
}
