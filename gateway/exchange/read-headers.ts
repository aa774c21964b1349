import { type Classification, isStateSecret, parseClassification } from '../domain/classification.ts'
import { parseRequestId, type RequestId } from '../domain/exchange-id.ts'
import { parsePurpose, type Purpose } from '../domain/purpose.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** The request headers that mean something to the gateway, read once. All others stop here. */
export interface ExchangeHeaders {
  readonly purpose: Purpose | null
  readonly requestId: RequestId | null
  readonly mode: 'exchange' | 'check'
  readonly declared: Classification | 'state-secret' | null
  readonly idempotencyKey: string | null
  readonly traceparent: string | null
  readonly contentDigest: string | null
  readonly contentType: string | null
  readonly contentEncoding: string | null
  /** Whether it came with `Signature-Input` or `Signature`. They are read only where the agreement asks for them. */
  readonly signed: boolean
  /** Credentials: for checks only, never recorded, logged or passed on. */
  readonly authorization: string | null
  /** Passed on as they are: name, value … */
  readonly passedOn: readonly string[]
}

type Name = (typeof ONCE)[number]

/** Each may come once. A security header that comes twice is refused, never merged: two readers could take different ones. */
const ONCE = [
  'exchange-purpose',
  'request-id',
  'exchange-mode',
  'data-classification',
  'idempotency-key',
  'traceparent',
  'content-digest',
  'content-type',
  'content-encoding',
  'signature-input',
  'signature',
  'authorization',
  'accept-language',
  'if-match',
] as const
const ONCE_SET: ReadonlySet<string> = new Set(ONCE)

/** The allow-list towards the provider, beside those that the gateway writes itself. */
const PASSED_ON = ['accept-language', 'if-match'] as const satisfies readonly Name[]

/** RFC 9110 section 5.5: visible ASCII with inner spaces; capped, since the caller chooses it. */
const PLAIN_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/
/** W3C Trace Context section 3.2, version 00. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** Reads attacker-controlled headers; the error names the header, never its value. */
export function readHeaders(raw: readonly string[]): Result<ExchangeHeaders> {
  const values = new Map<string, string>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase()
    if (!ONCE_SET.has(name)) continue
    if (values.has(name)) return err(`${name} came twice`)
    values.set(name, raw[i + 1] ?? '')
  }
  return interpret(name => values.get(name) ?? null)
}

function interpret(value: (name: Name) => string | null): Result<ExchangeHeaders> {
  const purpose = optional(value('exchange-purpose'), parsePurpose)
  if (!purpose.ok) return err(`exchange-purpose: ${purpose.error}`)
  const requestId = optional(value('request-id'), parseRequestId)
  if (!requestId.ok) return err(`request-id: ${requestId.error}`)
  const mode = value('exchange-mode')
  if (mode !== null && mode !== 'check') return err('exchange-mode: the only mode is check')
  const declared = optional(value('data-classification'), readLabel)
  if (!declared.ok) return err(`data-classification: ${declared.error}`)
  const idempotencyKey = value('idempotency-key')
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey))
    return err('idempotency-key: 1 to 255 visible ASCII characters')
  const passedOn: string[] = []
  for (const name of PASSED_ON) {
    const text = value(name)
    if (text === null) continue
    if (!PLAIN_VALUE.test(text)) return err(`${name}: visible ASCII, at most 1,024 characters`)
    passedOn.push(name, text)
  }
  const traceparent = value('traceparent')
  return ok({
    purpose: purpose.value,
    requestId: requestId.value,
    mode: mode === null ? 'exchange' : 'check',
    declared: declared.value,
    idempotencyKey,
    // W3C Trace Context section 4.3: a header that cannot be parsed is treated as if it had not come.
    traceparent: traceparent !== null && TRACEPARENT.test(traceparent) ? traceparent : null,
    contentDigest: value('content-digest'),
    contentType: value('content-type'),
    contentEncoding: value('content-encoding'),
    signed: value('signature-input') !== null || value('signature') !== null,
    authorization: value('authorization'),
    passedOn,
  })
}

function optional<T>(text: string | null, parse: (text: string) => Result<T>): Result<T | null> {
  return text === null ? ok(null) : parse(text)
}

export function readLabel(text: string): Result<Classification | 'state-secret'> {
  return isStateSecret(text) ? ok('state-secret') : parseClassification(text)
}
