import { catalogue, type ProblemCode } from './catalogue.ts'

/** One place of a request or answer that breaks its description. Never the value. */
export interface Violation {
  /** JSON Pointer into the body, or `/query/name`, `/path/name`. */
  readonly pointer: string
  readonly keyword: string
  readonly message: string
}

/** What one occurrence adds to its catalogue row. Written by the gateway: no text of the caller in it but header names and pointers. */
export interface Occurrence {
  readonly code: ProblemCode
  readonly detail?: string
  readonly violations?: readonly Violation[]
  /** Whole seconds. */
  readonly retryAfter?: number
}

export type Language = 'en' | 'vi'

/** Where the page of a code is, below the documentation root. */
const TYPE_PREFIX = 'urn:lienthong:problem:'

/** RFC 9110 section 12.5.4, as far as two languages need it: Vietnamese where it is asked for at least as much as English. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || acceptLanguage.length > 200) return 'en'
  const quality = (language: Language): number =>
    Math.max(
      0,
      ...acceptLanguage
        .toLowerCase()
        .split(',')
        .map(range => range.trim().split(';'))
        .filter(([tag = '']) => tag === language || tag.startsWith(`${language}-`))
        .map(([, q]) => (q === undefined ? 1 : Number(q.trim().replace(/^q=/, '')) || 0)),
    )
  const vietnamese = quality('vi')
  return vietnamese > 0 && vietnamese >= quality('en') ? 'vi' : 'en'
}

/** The body of an `application/problem+json` answer (RFC 9457 section 3.1 with the members of the contract). */
export function problemBody(occurrence: Occurrence, exchangeId: string | null, language: Language): string {
  const entry = catalogue[occurrence.code]
  return JSON.stringify({
    type: TYPE_PREFIX + occurrence.code,
    title: entry.title[language],
    status: entry.status,
    detail: occurrence.detail ?? entry.advice[language],
    ...(exchangeId === null ? {} : { instance: `/exchanges/${exchangeId}` }),
    code: occurrence.code,
    ...(exchangeId === null ? {} : { exchangeId }),
    ...(occurrence.violations === undefined ? {} : { violations: occurrence.violations }),
  })
}
