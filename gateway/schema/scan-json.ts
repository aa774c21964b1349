import { Buffer } from 'node:buffer'
import { isExactNumber } from './exact-number.ts'

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const MINUS = 0x2d
const SMALL_U = 0x75
const SMALL_D = 0x64
const SMALL_E = 0x65
const DOT = 0x2e
const PLUS = 0x2b
// Brackets and braces differ in this bit, as small and capital letters do.
const CASE = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

// A double holds every decimal of up to 15 significant digits (DBL_DIG); a longer literal is looked at in full.
const SURELY_EXACT = 15

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** What `countNames` gives instead of a count. */
export const TOO_DEEP = -1
export const SUSPECT = -2

/**
 * One cheap pass over attacker-controlled bytes, before anything is built of them. Counts the member names (a name given twice
 * is counted twice, whatever its escaping). `TOO_DEEP`: more than `maxDepth` containers inside one another. `SUSPECT`: something
 * may be wrong, a number that a double does not hold, an escaped surrogate, an escape in a name, a name like `__proto__` or
 * `constructor`; it may cry wolf (`explainJson` then looks closely) and never misses one. In bytes that are not JSON the answer
 * means nothing, but it comes in linear time.
 */
export function countNames(bytes: Uint8Array, maxDepth: number): number {
  const end = bytes.length
  let names = 0
  let depth = 0
  let suspect = false
  // The last string seen: when a colon follows, it was a name.
  let start = 0
  let stop = 0
  let escaped = false
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) {
      start = i + 1
      escaped = false
      for (i++; i < end && bytes[i] !== QUOTE; i++) {
        if (bytes[i] === BACKSLASH) {
          escaped = true
          i++
          // \ud8.. to \udf.. are the surrogates.
          if (bytes[i] === SMALL_U && ((bytes[i + 1] as number) | CASE) === SMALL_D && (bytes[i + 2] as number) > 0x37)
            suspect = true
        }
      }
      stop = i
    } else if (byte === COLON) {
      names++
      if (escaped || isSuspect(bytes, start, stop - start)) suspect = true
    } else if ((byte | CASE) === OPENING) {
      if (++depth > maxDepth) return TOO_DEEP
    } else if ((byte | CASE) === CLOSING) {
      depth--
    } else if (byte === MINUS || isDigit(byte)) {
      const from = i
      let simple = true
      let next = bytes[i + 1] as number
      // Past the end the byte is undefined, and belongs to no number.
      while (isDigit(next) || next === DOT || next === PLUS || next === MINUS || (next | CASE) === SMALL_E) {
        if ((next | CASE) === SMALL_E) simple = false
        next = bytes[++i + 1] as number
      }
      if ((!simple || i - from >= SURELY_EXACT) && !isExactNumber(latin1(bytes, from, i + 1))) suspect = true
    }
  }
  return suspect ? SUSPECT : names
}

// `__proto__` has 9 bytes, `constructor` 11.
const isSuspect = (bytes: Uint8Array, start: number, length: number): boolean =>
  (length === 9 && bytes[start] === 0x5f && bytes[start + 1] === 0x5f) ||
  (length === 11 && bytes[start] === 0x63 && bytes[start + 1] === 0x6f && bytes[start + 2] === 0x6e)

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
