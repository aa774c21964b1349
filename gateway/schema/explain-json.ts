import { isExactNumber } from './exact-number.ts'
import type { JsonRefusal } from './json-refusal.ts'
import { pointerTo } from './pointer.ts'

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
const NUMBER = /[\d.eE+-]+/y

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const BACKSLASH = 0x5c

interface Open {
  /** The names so far; null for an array. */
  readonly names: Set<string> | null
  /** Where the scan stands inside: a member's name, or an item's index. */
  at: string | number
  expectsName: boolean
}

/**
 * Finds the first thing that `readJson` refuses in a text that JSON.parse has accepted and that is not too deep, with its place;
 * null when there is none.
 * Linear in the text, however hostile, and without recursion.
 */
export function explainJson(text: string): JsonRefusal | null {
  const open: Open[] = []
  const refuse = (reason: JsonRefusal['reason']): JsonRefusal => ({
    reason,
    pointer: pointerTo(open.map(container => container.at)),
  })

  for (let i = 0; i < text.length; i++) {
    const top = open.at(-1)
    const char = text.charCodeAt(i)
    if (char === 0x7b || char === 0x5b) {
      const isArray = char === 0x5b
      open.push({ names: isArray ? null : new Set(), at: isArray ? 0 : '', expectsName: !isArray })
    } else if (char === 0x7d || char === 0x5d) {
      open.pop()
    } else if (char === COMMA && top) {
      if (top.names) top.expectsName = true
      else top.at = (top.at as number) + 1
    } else if (char === QUOTE) {
      const end = endOfString(text, i)
      const string = stringAt(text, i, end)
      i = end
      if (top?.names && top.expectsName) {
        top.expectsName = false
        top.at = string
        const reason = wrongName(string, top.names, open.at(-2)?.at)
        if (reason) return refuse(reason)
        top.names.add(string)
      } else if (LONE_SURROGATE.test(string)) return refuse('lone-surrogate')
    } else if (char === MINUS || (char >= 0x30 && char <= 0x39)) {
      NUMBER.lastIndex = i
      const literal = (NUMBER.exec(text) as RegExpExecArray)[0]
      i += literal.length - 1
      if (!isExactNumber(literal)) return refuse('unsafe-number')
    }
  }
  return null
}

/** `within`: the name (or index) that the object itself stands at. */
function wrongName(
  name: string,
  earlier: Set<string>,
  within: string | number | undefined,
): JsonRefusal['reason'] | null {
  if (LONE_SURROGATE.test(name)) return 'lone-surrogate'
  if (name === '__proto__' || (name === 'prototype' && within === 'constructor')) return 'forbidden-key'
  return earlier.has(name) ? 'duplicate-key' : null
}

// The first quote that no odd run of backslashes precedes. Each run is counted once, so the whole is linear.
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
}

function stringAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}
