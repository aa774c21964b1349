import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'

/** UUIDv7 of one call through the gateway (RFC 9562 section 5.7). */
export type ExchangeId = Brand<string, 'ExchangeId'>

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export function parseExchangeId(text: string): Result<ExchangeId> {
  return UUID_V7.test(text) ? ok(text as ExchangeId) : err('an exchange id is a lower-case UUIDv7')
}

/** The caller's own id of a request: visible ASCII without quotes, at most 128 characters, so that it can be recorded as it is. */
export type RequestId = Brand<string, 'RequestId'>

export function parseRequestId(text: string): Result<RequestId> {
  return /^[A-Za-z0-9._:/+=@-]{1,128}$/.test(text)
    ? ok(text as RequestId)
    : err('a request id is 1 to 128 of A-Z a-z 0-9 . _ : / + = @ -')
}
