import { err, ok, type Result } from '../domain/result.ts'

/** A parameter's name in a template; also what a path or query parameter may be called. */
export const PARAMETER_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
/** RFC 3986 section 3.3 pchar without percent-escapes: what stands here is its own canonical form. */
const LITERAL = /^[A-Za-z0-9._~!$&'()*+,;=:@-]{1,128}$/
const PARAMETER = /^\{([^{}]*)\}$/
const MAX_SEGMENTS = 32

/** A canonical path template, taken apart. */
export interface PathTemplate {
  readonly text: string
  readonly parameters: readonly string[]
}

/** Reads `/provinces/{code}`: each segment literal or exactly one parameter; no dot segments, escapes or trailing slash. */
export function parseTemplate(text: string): Result<PathTemplate> {
  if (!text.startsWith('/')) return err('a path starts with /')
  if (text === '/') return err('a path needs at least one segment, like /provinces')
  const segments = text.slice(1).split('/')
  if (segments.length > MAX_SEGMENTS) return err(`a path has at most ${MAX_SEGMENTS} segments`)
  const wrong = segments.map(whyNotSegment).find(reason => reason !== null)
  if (wrong) return err(wrong)
  const parameters = segments.flatMap(segment => PARAMETER.exec(segment)?.[1] ?? [])
  if (new Set(parameters).size < parameters.length) return err('a path names a parameter twice')
  return ok({ text, parameters })
}

function whyNotSegment(segment: string): string | null {
  if (segment === '') return 'a path has no empty segment and no slash at its end'
  if (segment === '.' || segment === '..') return 'a path has no dot segments'
  const parameter = PARAMETER.exec(segment)
  if (parameter)
    return PARAMETER_NAME.test(parameter[1] ?? '') ? null : 'a parameter is letters, digits, _ . and -, like {code}'
  if (/[{}]/.test(segment)) return 'a segment of a path is a literal or exactly one {parameter}'
  if (segment.includes('%')) return 'a path has no percent-escapes'
  return LITERAL.test(segment) ? null : 'a segment of a path is unreserved ASCII (RFC 3986 section 3.3)'
}

/** Reads the path at the provider under which a service lies: `` or `/categories/v1`, canonical and without parameters. */
export function parseBasePath(text: string): Result<string> {
  if (text === '') return ok('')
  const template = parseTemplate(text)
  if (!template.ok) return err(`${template.error}; the root itself is written by leaving basePath out`)
  return template.value.parameters.length > 0 ? err('a basePath has no parameters') : ok(text)
}
