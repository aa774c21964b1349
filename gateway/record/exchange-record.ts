import type { MessageAlgorithm } from '../configuration/objects.ts'
import type { Binding } from '../domain/binding.ts'
import type { Classification } from '../domain/classification.ts'
import type { Digest } from '../domain/digest.ts'
import type { ExchangeId, RequestId } from '../domain/exchange-id.ts'
import type { GatewayId, LaneName } from '../domain/gateway-id.ts'
import { formatInstant, type Instant } from '../domain/instant.ts'
import type { AgreementId } from '../domain/purpose.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { Method, OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { DecisionInput } from '../policy/decision.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { ExchangeKind } from './kinds.ts'
import { encodeLeaf, newSalt } from './leaf.ts'

/** The process that writes. */
export interface Writer {
  readonly gateway: GatewayId
  readonly lane: LaneName
  readonly software: string
}

/** Who called, over which connection. Null where the peer was not identified. */
export interface Caller {
  readonly consumer: SystemId | null
  readonly key: Binding
  readonly certificate: Digest
  readonly tls: { readonly version: string; readonly cipher: string }
  /** Network address, without port. */
  readonly source: string
}

/** What a handshake of ours as a client negotiated. */
export interface Channel {
  readonly version: string
  /** IANA name. */
  readonly cipher: string
  /** Key exchange; absent where the runtime does not tell. */
  readonly group?: string
}

/** The operation that was meant. Never the raw path or query: they can hold personal data. */
export interface Target {
  readonly provider: SystemId
  readonly service: ServiceId
  readonly operation: OperationName
  readonly method: Method
  readonly template: string
}

export interface Verdict {
  readonly decision: 'permit' | 'refuse'
  readonly reason: string
  readonly input: DecisionInput
  readonly classification: Classification | null
  readonly agreement: { readonly id: AgreementId; readonly version: Digest } | null
  readonly revision: RevisionNumber
}

/** A keyed commitment to a payload (commitment.ts) and its size in bytes. */
export interface Committed {
  readonly commitment: Digest
  readonly bytes: number
}

/** A message signature (RFC 9421) that held. */
export interface SignatureFacts {
  readonly key: Binding
  readonly alg: MessageAlgorithm
  /** Seconds since 1970, as signed. */
  readonly created: number
  /** Names key and nonce. */
  readonly nonce: Digest
  /** Signature and base (seal-signature.ts), with which non-repudiation can be shown. */
  readonly sealed: string
}

/** Microseconds since the exchange arrived, as far as it got. */
export interface Timings {
  readonly decided?: number
  readonly received?: number
  readonly recorded?: number
  readonly forwarded?: number
  readonly answered?: number
}

/** What is known of an exchange when one of its records is written. */
export interface ExchangeFacts {
  readonly exchange: ExchangeId
  readonly at: Instant
  readonly caller: Caller
  /** `check`: every step ran up to here, nothing is forwarded. */
  readonly mode: 'exchange' | 'check'
  readonly target: Target | null
  readonly verdict: Verdict | null
  /** The revision the exchange was looked at under, also where nothing was decided; null: none was loaded. */
  readonly revision: RevisionNumber | null
  /** The access token that was shown, by its id and the key that signed it; null: the agreement asks for none. */
  readonly token: { readonly jti: string; readonly key: string } | null
  /** The caller's message signature, checked; null: none. Sealed only in the record of the request. */
  readonly signature: SignatureFacts | null
  readonly schemas: { readonly request: Digest | null; readonly response: Digest | null }
  readonly request: Committed | null
  readonly received: Committed | null
  readonly released: Committed | null
  /** Digest of the granted field set; null: all fields. */
  readonly grant: Digest | null
  /** A media type that crosses unread: size, declared type and digest were checked, the content was not. */
  readonly unchecked: boolean
  /** The connection that the provider's answer came over; null: no answer yet. */
  readonly providerTls: Channel | null
  readonly providerStatus: number | null
  readonly status: number | null
  readonly problem: ProblemCode | null
  /** Words of our own about a refusal or fault: a JSON Pointer, a keyword. */
  readonly detail: string | null
  readonly timings: Timings
  readonly requestId: RequestId | null
  readonly trace: string | null
}

const given = <T>(value: T | null): T | undefined => value ?? undefined

/** Kept once, where it matters: in the record that let the payload cross. */
function signatureIn(kind: ExchangeKind, signature: SignatureFacts | null): Partial<SignatureFacts> | undefined {
  if (signature === null || kind === 'request') return given(signature)
  const { key, alg, created, nonce } = signature
  return { key, alg, created, nonce }
}

/** The leaf of one exchange record: keys in this order, absent ones left out. */
export function exchangeLeaf(kind: ExchangeKind, writtenAt: Instant, facts: ExchangeFacts, writer: Writer): Uint8Array {
  const { caller, target, verdict } = facts
  return encodeLeaf({
    v: 1,
    kind,
    salt: newSalt(),
    at: formatInstant(writtenAt),
    gateway: writer.gateway,
    lane: writer.lane,
    software: writer.software,
    exchange: facts.exchange,
    arrived: formatInstant(facts.at),
    mode: facts.mode === 'check' ? 'check' : undefined,
    consumer: given(caller.consumer),
    key: caller.key,
    certificate: caller.certificate,
    tls: caller.tls,
    source: caller.source,
    provider: target?.provider,
    service: target?.service,
    operation: target?.operation,
    method: target?.method,
    template: target?.template,
    revision: verdict?.revision ?? given(facts.revision),
    decision: verdict?.decision,
    reason: verdict?.reason,
    // The rest of decide's input is consumer, service and operation above.
    input: verdict
      ? { purpose: verdict.input.purpose, declared: verdict.input.declared, minute: verdict.input.minute }
      : undefined,
    classification: given(verdict?.classification ?? null),
    agreement: verdict?.agreement?.id,
    agreementVersion: verdict?.agreement?.version,
    token: given(facts.token),
    signature: signatureIn(kind, facts.signature),
    requestSchema: given(facts.schemas.request),
    responseSchema: given(facts.schemas.response),
    request: given(facts.request),
    received: given(facts.received),
    released: given(facts.released),
    grant: given(facts.grant),
    unchecked: facts.unchecked ? true : undefined,
    providerTls: given(facts.providerTls),
    providerStatus: given(facts.providerStatus),
    status: given(facts.status),
    problem: given(facts.problem),
    detail: given(facts.detail),
    timings: facts.timings,
    requestId: given(facts.requestId),
    trace: given(facts.trace),
  })
}
