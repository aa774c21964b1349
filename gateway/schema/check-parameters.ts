import type { Parameter } from '../configuration/objects.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { decodeText } from './decode-text.ts'
import { isExactNumber } from './exact-number.ts'
import type { JsonValue } from './json-value.ts'
import { cleanPointer, escapeToken } from './pointer.ts'
import type { Validators } from './validators.ts'
import type { Violation } from './violation.ts'

/** Characters of a query; and of one path parameter. */
const MAX_TEXT = 8192

/** By pointer (`/query/page`, `/path/code`), since a path and a query parameter may share a name. */
export type ParameterValues = ReadonlyMap<string, JsonValue>

/**
 * Checks what a request's target says like a body: every parameter is declared, stands once, has its declared type and is as its
 * schema describes; an undeclared one is refused. `+` is a plus and not a space: percent-encoding is that of RFC 3986, not that
 * of HTML forms (a space is %20). A raw `;` is refused. A path parameter that reads as `.`, `..` or holds a slash or backslash is
 * refused: a provider might walk with it.
 * @param path raw (still percent-encoded) text of each path parameter, by name
 * @param query raw query, without its `?`; empty where there is none
 */
export function checkParameters(
  operation: { readonly parameters: readonly Parameter[] },
  path: ReadonlyMap<string, string>,
  query: string,
  validators: Validators,
): Result<ParameterValues, readonly Violation[]> {
  const texts = new Map<string, string>()
  const violations: Violation[] = []
  const violate = (pointer: string, keyword: string, message: string): void => {
    violations.push({ pointer: cleanPointer(pointer), keyword, message })
  }

  for (const [name, raw] of path) readPathText(`/path/${escapeToken(name)}`, raw, texts, violate)
  const declared = new Set(operation.parameters.map(pointerOf))
  readQuery(query, declared, texts, violate)
  if (violations.length > 0) return err(violations)

  const values = new Map<string, JsonValue>()
  for (const parameter of operation.parameters) {
    const pointer = pointerOf(parameter)
    const text = texts.get(pointer)
    if (text === undefined) {
      if (parameter.required) violate(pointer, 'required', 'must be present')
      continue
    }
    const value = TYPES[parameter.type](text)
    if (value === undefined) violate(pointer, 'type', `must be ${parameter.type}`)
    else {
      violations.push(
        ...validators
          .get(parameter.schema)
          .check(value)
          .map(found => ({ ...found, pointer: pointer + found.pointer })),
      )
      values.set(pointer, value)
    }
  }
  return violations.length > 0 ? err(violations) : ok(values)
}

const pointerOf = (parameter: Parameter): string => `/${parameter.in}/${escapeToken(parameter.name)}`

type Violate = (pointer: string, keyword: string, message: string) => void

function readPathText(pointer: string, raw: string, texts: Map<string, string>, violate: Violate): void {
  if (raw.length > MAX_TEXT) return violate(pointer, 'encoding', `must have at most ${MAX_TEXT} characters`)
  const text = decodeText(raw)
  if (!text.ok) return violate(pointer, 'encoding', text.error)
  if (text.value === '.' || text.value === '..' || /[/\\]/.test(text.value))
    return violate(pointer, 'encoding', 'must be one segment of a path')
  texts.set(pointer, text.value)
}

// Stops at the first violation: a query is the caller's, and may hold thousands.
function readQuery(query: string, declared: ReadonlySet<string>, texts: Map<string, string>, violate: Violate): void {
  if (query === '') return
  if (query.length > MAX_TEXT) return violate('/query', 'encoding', `must have at most ${MAX_TEXT} characters`)
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    if (equals < 1) return violate('/query', 'encoding', 'must be written name=value, separated by &')
    const name = decodeText(pair.slice(0, equals))
    if (!name.ok) return violate('/query', 'encoding', name.error)
    const pointer = `/query/${escapeToken(name.value)}`
    if (!declared.has(pointer)) return violate(pointer, 'undeclared', 'is not a parameter of this operation')
    if (texts.has(pointer)) return violate(pointer, 'repeated', 'must stand once')
    const text = decodeText(pair.slice(equals + 1))
    if (!text.ok) return violate(pointer, 'encoding', text.error)
    texts.set(pointer, text.value)
  }
}

const INTEGER = /^-?(?:0|[1-9]\d*)$/
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

// Minus zero is zero. Undefined: not of the type.
const numberIn = (grammar: RegExp, text: string): number | undefined =>
  grammar.test(text) && isExactNumber(text) ? Number(text) + 0 : undefined

/** JSON's grammar for numbers and booleans: one spelling of each integer, no white space, no hexadecimal. */
const TYPES = {
  string: text => text,
  integer: text => numberIn(INTEGER, text),
  number: text => numberIn(NUMBER, text),
  boolean: text => (text === 'true' ? true : text === 'false' ? false : undefined),
} as const satisfies Record<Parameter['type'], (text: string) => JsonValue | undefined>
