import type { RequestMessage } from './request-values.ts'

/** What a signature may cover: the target in each of its forms, and headers that mean something to the gateway. */
const TAKEN: ReadonlySet<string> = new Set([
  '@method',
  '@target-uri',
  '@authority',
  '@path',
  '@query',
  'exchange-purpose',
  'content-digest',
  'content-type',
  'content-length',
  'data-classification',
  'exchange-mode',
  'idempotency-key',
  'authorization',
  'if-match',
  'request-id',
  'traceparent',
  'accept-language',
  'date',
])

/** Where a request has one of these, it is covered: an unsigned header beside a signature could change what was signed. */
const COVERED_IF_PRESENT = [
  'data-classification',
  'exchange-mode',
  'idempotency-key',
  'authorization',
  'if-match',
] as const
/** RFC 9530 section 1.2: a signature covers a body by its digest. The type says how the bytes are read. */
const COVERED_WITH_BODY = ['content-digest', 'content-type'] as const

/** Whether no component is covered that the gateway does not know the meaning of. */
export const isTaken = (covered: ReadonlySet<string>): boolean => [...covered].every(name => TAKEN.has(name))

/** Whether the signature covers everything that decides what the request does. */
export function isCovered(covered: ReadonlySet<string>, message: RequestMessage, hasBody: boolean): boolean {
  const coversTarget =
    covered.has('@target-uri') || (covered.has('@authority') && covered.has('@path') && covered.has('@query'))
  return (
    coversTarget &&
    covered.has('@method') &&
    covered.has('exchange-purpose') &&
    COVERED_IF_PRESENT.every(name => covered.has(name) || !message.fields.has(name)) &&
    (!hasBody || COVERED_WITH_BODY.every(name => covered.has(name)))
  )
}
