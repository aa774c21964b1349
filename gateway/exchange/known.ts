/** What is known of an exchange, step by step. Each step takes one of these and returns the next, or a refusal. */
import type { Operation } from '../configuration/objects.ts'
import type { CanonicalTarget } from '../domain/canonical-path.ts'
import type { ExchangeId } from '../domain/exchange-id.ts'
import type { Instant } from '../domain/instant.ts'
import type { System } from '../configuration/objects.ts'
import type { RequestMessage } from '../identity/message-signature/request-values.ts'
import type { PeerCertificate } from '../identity/peer-certificate.ts'
import type { Token } from '../identity/tokens/check-token.ts'
import type { Decision, DecisionInput } from '../policy/decision.ts'
import type { Occurrence } from '../problems/problem.ts'
import type { Committed, ExchangeFacts, SignatureFacts } from '../record/exchange-record.ts'
import type { JsonValue } from '../schema/json-value.ts'
import type { RoutedService, Snapshot } from '../snapshot/snapshot.ts'
import type { Admission, BodySource, Memory, ProviderAnswer, Receipt } from './ports.ts'
import type { ExchangeHeaders } from './read-headers.ts'

export interface Connection {
  readonly peer: PeerCertificate
  readonly tls: { readonly version: string; readonly cipher: string }
  readonly source: string
}

export interface Arrived {
  readonly exchange: ExchangeId
  readonly at: Instant
  readonly connection: Connection
  readonly method: string
  /** The request target as it came. Attacker-controlled. */
  readonly rawTarget: string
  /** Name, value, name, value … as they came. Attacker-controlled. */
  readonly rawHeaders: readonly string[]
  readonly body: BodySource
  readonly memory: Memory
  /** Whether the caller has closed its connection. */
  isGone(): boolean
}

export interface Identified extends Arrived {
  readonly consumer: System
  readonly snapshot: Snapshot
  readonly revocationEpoch: number
}

export interface Routed extends Identified {
  readonly target: CanonicalTarget
  readonly routed: RoutedService
  readonly operation: Operation
  readonly pathParameters: ReadonlyMap<string, string>
}

export type Permit = Extract<Decision, { kind: 'permit' }>

export interface Permitted extends Routed {
  readonly headers: ExchangeHeaders
  readonly input: DecisionInput
  readonly permit: Permit
  readonly decidedAt: Instant
}

export interface Admitted extends Permitted {
  readonly admission: Admission
}

/** A message signature that held, over a nonce that was new. */
export interface CheckedSignature {
  readonly record: SignatureFacts
  /** What an answer is bound to: the request as it was signed, and the label of its signature. */
  readonly message: RequestMessage
  readonly label: string
}

export interface Received extends Admitted {
  readonly body: BodySource
  readonly requestBody: Uint8Array
  /** Lower case, without parameters; null without a body. */
  readonly mediaType: string | null
  /** Null where the agreement asks for none. */
  readonly token: Token | null
  /** Null: the request was not signed, or its agreement asks for no signature. */
  readonly signature: CheckedSignature | null
  readonly receivedAt: Instant
}

export interface RequestChecked extends Received {
  readonly request: Committed
  /** The media type crosses unread. */
  readonly unchecked: boolean
}

export interface RequestRecorded extends RequestChecked {
  readonly requestReceipt: Receipt
  readonly recordedAt: Instant
}

export interface Forwarded extends RequestRecorded {
  readonly answer: ProviderAnswer
  readonly forwardedAt: Instant
  readonly answeredAt: Instant
}

export interface ResponseChecked extends Forwarded {
  /** Null: empty, or a media type that crosses unread. */
  readonly answerValue: JsonValue | null
  readonly answerMediaType: string | null
  readonly received: Committed
}

export interface Minimised extends ResponseChecked {
  readonly releasedBody: Uint8Array
  readonly released: Committed
}

export interface ResponseRecorded extends Minimised {
  readonly responseReceipt: Receipt
}

/** What a step adds to what was known before it; the runner puts the two together. */
export type Adds<Before, After extends Before> = Omit<After, keyof Before>

/** Whatever is known at some moment. */
export type Known = Arrived & Partial<Omit<ResponseRecorded, keyof Arrived>>

/** A "no" of a step: what the caller is told, and what the record says beside what is known already. */
export interface Refused {
  readonly refused: Occurrence
  readonly kind: 'refusal' | 'fault' | 'undelivered'
  readonly also?: Partial<ExchangeFacts>
  /** The caller may no longer use this connection. */
  readonly close?: boolean
  /** A request record stands already, so that this refusal has to be recorded as the last word on it. */
  readonly closes?: boolean
}

export const refuse = (refused: Occurrence, also?: Partial<ExchangeFacts>): Refused => ({
  refused,
  kind: 'refusal',
  ...(also === undefined ? {} : { also }),
})

export const isRefused = <T extends object>(outcome: T | Refused): outcome is Refused => 'refused' in outcome
