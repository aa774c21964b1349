import { RE2JS } from 're2js'
import { err, ok, type Result } from '../domain/result.ts'
import { type PatternPart, translatePattern } from './translate-pattern.ts'

/** A compiled pattern. Matching is linear in the text, whatever the pattern. */
export interface Pattern {
  /** Whether the pattern is found anywhere in the text: JSON Schema patterns are not anchored (Validation section 6.3.3). */
  test(text: string): boolean
}

/** Characters of a pattern's source. */
const MAX_SOURCE = 1024
/** RE2 instructions of one pattern; matching costs at most text × instructions. */
const MAX_PROGRAM = 1_000
/** Ways in which the native engine may at most split one text among the repeats of a plain pattern. */
const MAX_SPLITS = 64

/**
 * Compiles a pattern of JSON Schema (ECMA-262, flag `u`) for matching in linear time. Plain ones run on the native engine, about
 * fifteen times faster; all others on RE2. What RE2 cannot do is refused, in words that say what.
 */
export function compilePattern(source: string): Result<Pattern> {
  if (source.length > MAX_SOURCE) return err(`the pattern has more than ${MAX_SOURCE} characters`)
  const parts = translatePattern(source)
  if (!parts.ok) return parts
  if (isPlain(parts.value)) return ok(new RegExp(source, 'u'))
  try {
    const expression = RE2JS.compile(parts.value.map(part => part.re2).join(''))
    return expression.programSize() > MAX_PROGRAM
      ? err('the pattern repeats too much; shorten its counted repeats')
      : ok(expression)
  } catch (error) {
    return err(`RE2 does not take the pattern: ${(error as Error).message.replace('error parsing regexp: ', '')}`)
  }
}

/**
 * Whether backtracking is harmless: anchored at the start, no groups and no alternatives, at most one repeat without a bound
 * and few ways to split a text among the others, like `^\d{12}$` or `^[a-z][a-z0-9-]{0,62}$`.
 */
function isPlain([first, ...rest]: readonly PatternPart[]): boolean {
  if (first?.kind !== 'start') return false
  if (!rest.every(({ kind }, i) => kind === 'atom' || kind === 'repeat' || (kind === 'end' && i === rest.length - 1)))
    return false
  const ways = rest.filter(part => part.kind === 'repeat').map(({ min, max }) => max - min + 1)
  // The widest repeat is linear by itself.
  ways.splice(ways.indexOf(Math.max(...ways)), 1)
  return ways.reduce((product, way) => product * way, 1) <= MAX_SPLITS
}

let compiled = 0

/**
 * The engine behind Ajv's `code.regExp`. Throws, as Ajv expects, for a pattern that is refused.
 * Ajv keys patterns by `toString()`: each needs its own, or a schema's second pattern silently becomes its first.
 */
export const patternEngine = Object.assign(
  (source: string, _flags: string): Pattern & { toString(): string } => {
    const pattern = compilePattern(source)
    if (!pattern.ok) throw new SyntaxError(pattern.error)
    const name = `pattern ${++compiled}`
    return { test: text => pattern.value.test(text), toString: () => name }
  },
  { code: 'patternEngine' },
)
