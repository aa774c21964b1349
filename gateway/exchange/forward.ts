import type { ProblemCode } from '../problems/catalogue.ts'
import { assertRequest } from './assert-request.ts'
import { type Adds, type Forwarded, refuse, type Refused, type RequestRecorded } from './known.ts'
import type { Ports, ProviderFailure } from './ports.ts'
import { formatReceipt } from './receipt.ts'
import { pathBelowService } from './route.ts'

const problemOf = {
  unreachable: 'provider-unreachable',
  untrusted: 'provider-untrusted',
  paused: 'provider-paused',
  failed: 'provider-failed',
  timeout: 'provider-timeout',
  'too-large': 'response-invalid',
  overloaded: 'overloaded',
} as const satisfies Record<ProviderFailure, ProblemCode>

/** To the provider's bound key, once. */
export async function forward(
  recorded: RequestRecorded,
  ports: Ports,
): Promise<Adds<RequestRecorded, Forwarded> | Refused> {
  if (recorded.isGone()) return { refused: { code: 'caller-gone' }, kind: 'undelivered', close: true }
  const { service, provider } = recorded.routed
  const path = service.basePath + pathBelowService(recorded.target)
  const assertion = await assertRequest(recorded, path, ports)
  const forwardedAt = ports.clock.now()
  const answer = await ports.providers.send({
    provider,
    method: recorded.operation.method,
    path,
    headers: [...headersTo(recorded), ...assertion],
    body: recorded.requestBody,
    deadlineMillis: service.deadlineMillis,
    maxResponseBytes: recorded.operation.maxResponseBytes,
    memory: recorded.memory,
  })
  if (typeof answer === 'string') {
    const refusal = refuse({ code: problemOf[answer] }, { detail: answer })
    return answer === 'too-large' ? refusal : { ...refusal, kind: 'fault' }
  }
  return { answer, forwardedAt, answeredAt: ports.clock.now() }
}

/** The whole allow-list: what the caller sent under these names is not among it. */
function headersTo(recorded: RequestRecorded): readonly string[] {
  const { headers, permit, consumer, mediaType } = recorded
  const to = [
    'exchange-id',
    recorded.exchange,
    'exchange-consumer',
    consumer.id,
    'exchange-agreement',
    permit.agreement.id,
    'exchange-purpose',
    recorded.input.purpose ?? '',
    'exchange-classification',
    permit.classification,
    'exchange-receipt',
    formatReceipt(recorded.requestReceipt),
    'accept',
    'application/json',
    'accept-encoding',
    'identity',
    ...headers.passedOn,
  ]
  if (mediaType !== null) to.push('content-type', mediaType)
  if (headers.traceparent !== null) to.push('traceparent', headers.traceparent)
  // Scoped by consumer, so that two consumers cannot meet in one key.
  if (headers.idempotencyKey !== null) to.push('idempotency-key', `${consumer.id}:${headers.idempotencyKey}`)
  return to
}
