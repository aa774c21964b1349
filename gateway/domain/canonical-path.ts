import { err, ok, type Result } from './result.ts'

/** A request target in canonical form: the same bytes are matched, decided on and forwarded. */
export interface CanonicalTarget {
  /** Path segments, still percent-encoded. */
  readonly segments: readonly string[]
  /** Behind the `?`, still percent-encoded; null without one. */
  readonly query: string | null
}

/** Longer than any template with its parameters; a caller chooses the target. */
const MAX_TARGET_CHARACTERS = 4096

/** RFC 3986 section 3.3: pchar without percent-encoding. */
const SEGMENT = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})+$/
/** RFC 3986 section 3.4. */
const QUERY = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*$/
/**
 * Escapes of what may stand unescaped in a segment (RFC 3986 section 3.3: unreserved, sub-delims, `:` and `@`): a second spelling of
 * the same path. Sub-delims too, since templates may hold them: `/items/all%3Aexport` is `{id}` to us, and to a provider that
 * decodes before it matches it is the operation `/items/all:export`.
 */
const ENCODED_NEEDLESSLY = /%(?:2[146-9A-E]|3[0-9ABD]|4[0-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/
/** Encoded slash, backslash, and control characters (NUL among them): servers behind us disagree on what they mean. */
const ENCODED_DELIMITER = /%(?:2F|5C|[01][0-9A-F]|7F)/
/** `%25` before two hex digits decodes to another escape: some server decodes twice. */
const DOUBLE_ENCODED = /%25[0-9A-Fa-f]{2}/

/**
 * Reads an origin-form request target (RFC 9112 section 3.2.1). Attacker-controlled.
 * There is one spelling of each path: what has a second one is refused rather than normalised, because the provider has to see
 * the bytes that were decided on.
 */
export function parseCanonicalTarget(raw: string): Result<CanonicalTarget> {
  if (raw.length > MAX_TARGET_CHARACTERS) return err(`is longer than ${MAX_TARGET_CHARACTERS} characters`)
  if (!raw.startsWith('/')) return err('is not in origin form: it has to start with a slash')
  const question = raw.indexOf('?')
  const path = question < 0 ? raw : raw.slice(0, question)
  const query = question < 0 ? null : raw.slice(question + 1)
  const segments = path.slice(1).split('/')
  for (const segment of segments) {
    if (segment === '') return err('has an empty segment, or a slash at its end')
    if (segment === '.' || segment === '..') return err('has a dot segment')
    if (!SEGMENT.test(segment))
      return err('has a character that has to be percent-encoded, or an escape not in capitals')
    if (segment.includes('%')) {
      if (ENCODED_DELIMITER.test(segment)) return err('has an encoded slash, backslash or control character')
      if (ENCODED_NEEDLESSLY.test(segment)) return err('has a percent-encoded character that needs no encoding')
      if (DOUBLE_ENCODED.test(segment)) return err('has an escape encoded twice')
      if (!isUtf8(segment)) return err('has an escape that is not UTF-8')
    }
  }
  if (query !== null && !QUERY.test(query)) return err('has a character in its query that has to be percent-encoded')
  return ok({ segments, query })
}

/** Overlong and broken UTF-8 (`%C0%AF` for a slash) is read by some decoders and refused by others. */
function isUtf8(segment: string): boolean {
  try {
    decodeURIComponent(segment)
    return true
  } catch {
    return false
  }
}
