import type { ExchangeFacts, Timings } from '../record/exchange-record.ts'
import type { Known } from './known.ts'

/** What a record says of an exchange, from whatever is known of it so far. */
export function factsOf(known: Known): ExchangeFacts {
  const { connection, permit, input, operation, routed, headers } = known
  return {
    exchange: known.exchange,
    at: known.at,
    caller: {
      consumer: known.consumer?.id ?? null,
      key: connection.peer.binding,
      certificate: connection.peer.fingerprint,
      tls: connection.tls,
      source: connection.source,
    },
    mode: headers?.mode ?? 'exchange',
    target:
      operation && routed
        ? {
            provider: routed.service.provider,
            service: routed.service.id,
            operation: operation.name,
            method: operation.method,
            template: operation.template,
          }
        : null,
    verdict:
      permit && input
        ? {
            decision: 'permit',
            reason: 'agreement',
            input,
            classification: permit.classification,
            agreement: { id: permit.agreement.id, version: permit.agreement.version },
            revision: permit.revision,
          }
        : null,
    revision: known.snapshot?.revision ?? null,
    token: known.token ? { jti: known.token.id, key: known.token.key } : null,
    signature: known.signature?.record ?? null,
    schemas: { request: requestSchemaOf(known), response: responseSchemaOf(known) },
    request: known.request ?? null,
    received: known.received ?? null,
    released: known.released ?? null,
    grant: permit && known.snapshot ? (known.snapshot.responseFields(permit.grant)?.id ?? null) : null,
    unchecked: known.unchecked ?? false,
    providerTls: known.answer?.tls ?? null,
    providerStatus: known.answer?.status ?? null,
    status: null,
    problem: null,
    detail: null,
    timings: timingsOf(known),
    requestId: headers?.requestId ?? null,
    trace: headers?.traceparent?.slice(3, 35) ?? null,
  }
}

function timingsOf({ at, decidedAt, receivedAt, recordedAt, forwardedAt, answeredAt }: Known): Timings {
  return {
    ...(decidedAt === undefined ? {} : { decided: decidedAt - at }),
    ...(receivedAt === undefined ? {} : { received: receivedAt - at }),
    ...(recordedAt === undefined ? {} : { recorded: recordedAt - at }),
    ...(forwardedAt === undefined ? {} : { forwarded: forwardedAt - at }),
    ...(answeredAt === undefined ? {} : { answered: answeredAt - at }),
  }
}

function requestSchemaOf({ operation, mediaType }: Known) {
  if (!operation || mediaType === null || mediaType === undefined) return null
  return operation.request?.content.get(mediaType)?.digest ?? null
}

function responseSchemaOf({ operation, answer, answerMediaType }: Known) {
  if (!operation || !answer || !answerMediaType) return null
  return describedBody(operation, answer.status)?.content.get(answerMediaType)?.digest ?? null
}

/** The description of an answer: an exact status wins over its class, the class over `default`; undefined: not described. */
export function describedBody(operation: NonNullable<Known['operation']>, status: number) {
  const { responses } = operation
  const exact = responses.get(`${status}`)
  if (exact !== undefined) return exact
  const ofClass = responses.get(`${Math.floor(status / 100)}XX`)
  return ofClass !== undefined ? ofClass : responses.get('default')
}
