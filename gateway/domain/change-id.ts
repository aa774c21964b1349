import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'

/** UUIDv7 of one proposed change of the configuration (RFC 9562 section 5.7). */
export type ChangeId = Brand<string, 'ChangeId'>

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export function parseChangeId(text: string): Result<ChangeId> {
  return UUID_V7.test(text) ? ok(text as ChangeId) : err('a change id is a lower-case UUIDv7')
}
