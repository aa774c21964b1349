import { err, ok, type Result } from '../domain/result.ts'
import type { Occurrence } from '../problems/problem.ts'

export const etagOf = (version: number): string => `"${version}"`

/**
 * The version that a request acts on (RFC 9110 section 13.1.1). `*`, lists and weak tags are refused: an officer acts on the one
 * version that was read.
 */
export function readIfMatch(header: string | undefined): Result<number, Occurrence> {
  if (header === undefined) return err({ code: 'precondition-required' })
  const version = /^"([0-9]{1,15})"$/.exec(header)?.[1]
  return version === undefined
    ? err({ code: 'header-invalid', detail: 'If-Match: the one ETag that was read, like "3"' })
    : ok(Number(version))
}
