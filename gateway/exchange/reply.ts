import { formatInstant, instantOfMinute } from '../domain/instant.ts'
import { catalogue, type ProblemCode } from '../problems/catalogue.ts'
import { languageOf, type Occurrence, problemBody } from '../problems/problem.ts'
import { contentDigest } from './check-content-digest.ts'
import type { Arrived, Permitted, RequestRecorded, ResponseRecorded } from './known.ts'
import type { Receipt } from './ports.ts'
import { formatReceipt } from './receipt.ts'

/** What goes back to the caller. */
export interface Reply {
  readonly status: number
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: Uint8Array
  /** Close the connection behind it. */
  readonly close: boolean
  /** To be called where the caller went away before the answer was out: records it. Null where no record says "released". */
  readonly onUndelivered: (() => Promise<void>) | null
}

/** What of a provider's headers reaches the caller, beside the media type. Its own `Exchange-*` are not among them. */
const RELEASED_WITH_MINIMISED = ['retry-after', 'content-language'] as const
const RELEASED = ['etag', 'last-modified', ...RELEASED_WITH_MINIMISED] as const

/** Answers hold data of an agreement: no cache between or behind may keep them (RFC 9111 section 5.2.2.5). */
const NO_STORE = ['cache-control', 'no-store'] as const

export function answerReply(known: ResponseRecorded): Reply {
  const { answer, releasedBody, answerMediaType } = known
  const headers = [
    'exchange-id',
    known.exchange,
    'exchange-receipt',
    formatReceipt(known.responseReceipt),
    'content-digest',
    contentDigest(releasedBody),
    ...NO_STORE,
  ]
  if (answerMediaType !== null) headers.push('content-type', answerMediaType)
  // A validator speaks of the whole body: of a minimised one it would tell whether ungranted fields changed.
  for (const name of releasedBody === answer.body ? RELEASED : RELEASED_WITH_MINIMISED) {
    const value = answer.headers.get(name)
    if (value !== undefined) headers.push(name, value)
  }
  return { status: answer.status, headers, body: releasedBody, close: false, onUndelivered: null }
}

/** `Exchange-Mode: check`: every step up to the request's record ran, and nothing was forwarded. */
export function checkedReply(known: RequestRecorded): Reply {
  const { permit, operation, routed }: Permitted = known
  const body = Buffer.from(
    JSON.stringify({
      exchangeId: known.exchange,
      mode: 'check',
      decision: 'permit',
      service: routed.service.id,
      operation: operation.name,
      agreement: permit.agreement.id,
      classification: permit.classification,
      revision: permit.revision,
      // Later than now where the agreement is yet to begin.
      decidedFor: formatInstant(instantOfMinute(known.input.minute)),
    }),
  )
  return {
    status: 200,
    headers: [
      'exchange-id',
      known.exchange,
      'exchange-receipt',
      formatReceipt(known.requestReceipt),
      'content-type',
      'application/json',
      'content-digest',
      contentDigest(body),
      ...NO_STORE,
    ],
    body,
    close: false,
    onUndelivered: null,
  }
}

/** RFC 6750 section 3, RFC 9110 section 11.6.1: what an answer 401 about a token has to say. */
const CHALLENGES: Partial<Record<ProblemCode, string>> = {
  'token-missing': 'Bearer realm="exchange"',
  'token-invalid': 'Bearer realm="exchange", error="invalid_token"',
}

/** A problem answer (RFC 9457). `receipt` is that of the refusal's own record, where it has one. */
export function problemReply(
  occurrence: Occurrence,
  arrived: Pick<Arrived, 'exchange' | 'rawHeaders'>,
  receipt: Receipt | null,
  close: boolean,
): Reply {
  const body = Buffer.from(
    problemBody(occurrence, arrived.exchange, languageOf(headerOf(arrived.rawHeaders, 'accept-language'))),
  )
  const headers = [
    'exchange-id',
    arrived.exchange,
    'exchange-problem',
    occurrence.code,
    'content-type',
    'application/problem+json',
    'content-digest',
    contentDigest(body),
    ...NO_STORE,
  ]
  if (receipt) headers.push('exchange-receipt', formatReceipt(receipt))
  if (occurrence.retryAfter !== undefined) headers.push('retry-after', String(occurrence.retryAfter))
  const challenge = CHALLENGES[occurrence.code]
  if (challenge !== undefined) headers.push('www-authenticate', challenge)
  return { status: catalogue[occurrence.code].status, headers, body, close, onUndelivered: null }
}

function headerOf(raw: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]?.toLowerCase() === name) return raw[i + 1]
  return undefined
}
