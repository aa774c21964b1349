import { err, ok, type Result } from '../domain/result.ts'

/** One piece of a pattern, and how RE2 spells it. */
export interface PatternPart {
  readonly kind: 'atom' | 'repeat' | 'start' | 'end' | 'boundary' | 'open' | 'close' | 'or'
  readonly re2: string
  /** Of a repeat: how often the piece before it stands; `max` is Infinity where unbounded. */
  readonly min: number
  readonly max: number
}

// ECMA-262 section 22.2.2.9: \s is white space and line ends of Unicode; RE2's \s is ASCII.
const SPACE = '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}'
const NOT_SPACE =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}'
// ECMA-262: `.` is anything but the four line terminators; RE2's is anything but \n.
const DOT = '[^\\n\\r\\x{2028}\\x{2029}]'

const REPEAT = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y
const ESCAPE =
  /\\(?:u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]+)\}|x([\da-fA-F]{2})|c([A-Za-z])|([pP]\{[^}]*\})|(.))/suy
const GROUP = /\((?:\?:|\?<[A-Za-z_]\w*>|(?!\?))/y

/**
 * Reads an ECMA-262 pattern (flag `u`; JSON Schema Core section 6.4) into pieces that RE2 understands alike. Refused, in words:
 * what ECMA-262 does not know, and what cannot be matched in linear time (lookaround, references to groups).
 */
export function translatePattern(pattern: string): Result<readonly PatternPart[]> {
  try {
    new RegExp(pattern, 'u')
  } catch {
    return err('the pattern is not a regular expression of ECMA-262 with the flag u')
  }
  const parts: PatternPart[] = []
  const add = (kind: PatternPart['kind'], re2: string, min = 1, max = 1): void => {
    parts.push({ kind, re2, min, max })
  }
  for (let i = 0; i < pattern.length; ) {
    const char = String.fromCodePoint(pattern.codePointAt(i) as number)
    const repeat = matchAt(REPEAT, pattern, i)
    if (repeat) {
      const { min, max } = bounds(repeat)
      add('repeat', repeat[0], min, max)
      i += repeat[0].length
    } else if (char === '(') {
      const group = matchAt(GROUP, pattern, i)
      if (!group) return err(refusedGroup(pattern.slice(i, i + 4)))
      // Captured text is never asked for.
      add('open', '(?:')
      i += group[0].length
    } else if (char === '[') {
      const set = readClass(pattern, i)
      if (!set.ok) return set
      add('atom', set.value.re2)
      i = set.value.end
    } else if (char === '\\') {
      const escape = matchAt(ESCAPE, pattern, i)
      if (!escape) return err('the pattern ends in a lone backslash')
      if (/^\\[1-9k]/.test(escape[0]))
        return err('the pattern refers back to a group, which cannot be matched in linear time')
      const boundary = escape[0] === '\\b' || escape[0] === '\\B'
      add(boundary ? 'boundary' : 'atom', boundary ? escape[0] : spell(escape, false))
      i += escape[0].length
    } else {
      const kind = ({ '^': 'start', $: 'end', '|': 'or', ')': 'close' } as const)[char] ?? 'atom'
      add(kind, char === '.' ? DOT : char)
      i += char.length
    }
  }
  return ok(parts)
}

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at
  return expression.exec(text)
}

function bounds(repeat: RegExpExecArray): { min: number; max: number } {
  const [text, min, comma, max] = repeat
  if (min === undefined)
    return { min: text.startsWith('+') ? 1 : 0, max: text.startsWith('?') ? 1 : Number.POSITIVE_INFINITY }
  if (comma === undefined) return { min: Number(min), max: Number(min) }
  return { min: Number(min), max: max ? Number(max) : Number.POSITIVE_INFINITY }
}

const refusedGroup = (opening: string): string =>
  /^\(\?<?[=!]/.test(opening)
    ? 'the pattern looks ahead or behind, which cannot be matched in linear time'
    : 'the pattern has a group of a kind that is not supported; use ( ), (?: ) or (?<name> )'

/** RE2's spelling of one escape, inside a character class or outside. */
function spell(escape: RegExpExecArray, inClass: boolean): string {
  const [, high, low, unit, point, byte, control, property, single] = escape
  if (high !== undefined && low !== undefined) {
    return hex(0x10000 + ((Number.parseInt(high, 16) - 0xd800) << 10) + Number.parseInt(low, 16) - 0xdc00)
  }
  const code = unit ?? point ?? byte
  if (code !== undefined) return hex(Number.parseInt(code, 16))
  if (control !== undefined) return hex(control.charCodeAt(0) % 32)
  // ECMA-262 names a script \p{Script=Latin}, RE2 \p{Latin}.
  if (property !== undefined) return `\\${property.replace(/\b(?:Script|sc)=/, '')}`
  if (single === 's') return inClass ? SPACE : `[${SPACE}]`
  if (single === 'S') return inClass ? NOT_SPACE : `[${NOT_SPACE}]`
  if (single === '0') return hex(0)
  // Inside a class \b is the backspace.
  if (single === 'b') return hex(8)
  // The slash is escaped in ECMA-262 only.
  return single === '/' ? '/' : `\\${single}`
}

const hex = (code: number): string => `\\x{${code.toString(16)}}`

function readClass(pattern: string, start: number): Result<{ re2: string; end: number }> {
  let i = start + 1
  const negated = pattern[i] === '^'
  if (negated) i++
  let inside = ''
  while (pattern[i] !== ']') {
    const escape = matchAt(ESCAPE, pattern, i)
    const char = String.fromCodePoint(pattern.codePointAt(i) as number)
    if (escape) inside += spell(escape, true)
    // RE2 reads [:alpha:] in a class as letters.
    else inside += char === '[' ? '\\[' : char
    i += escape ? escape[0].length : char.length
  }
  // ECMA-262: [] matches nothing, [^] anything.
  if (inside === '') return ok({ re2: negated ? '[\\x{0}-\\x{10ffff}]' : '[^\\x{0}-\\x{10ffff}]', end: i + 1 })
  return ok({ re2: `[${negated ? '^' : ''}${inside}]`, end: i + 1 })
}
