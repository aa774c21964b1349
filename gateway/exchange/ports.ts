import type { KeyObject } from 'node:crypto'
import type { Agreement, System } from '../configuration/objects.ts'
import type { Digest } from '../domain/digest.ts'
import type { Instant } from '../domain/instant.ts'
import type { LaneName } from '../domain/gateway-id.ts'
import type { ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { Revocations } from '../identity/identify.ts'
import type { GatewayKeys } from '../identity/signing-keys.ts'
import type { TokenChecker } from '../identity/tokens/check-token.ts'
import type { AssertedRequest } from '../identity/tokens/issue-assertion.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { Channel, Writer } from '../record/exchange-record.ts'
import type { Count } from '../record/counted-record.ts'
import type { Validators } from '../schema/validators.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** Where a record went: what a receipt says. */
export interface Receipt {
  readonly lane: LaneName
  readonly index: number
  readonly leafHash: Uint8Array
  /** Signed checkpoint of the batch that holds the record. */
  readonly checkpoint: string
  /** Newest revision stored when the record was committed; null: nobody knows (the answer to the commit was lost). */
  readonly newestRevision: number | null
}

/** The lane of this process, as the exchange sees it. */
export interface AuditLog {
  readonly writer: Writer
  /** Resolves when the record is durable, and not before. Rejects where it is not, or nobody can tell: then nothing may cross. */
  append(leaf: Uint8Array): Promise<Receipt>
}

export interface Snapshots {
  /** Null: no revision is loaded, or serving the present one any longer would be wrong. */
  current(): Snapshot | null
  /**
   * A snapshot of this revision or a later one, waiting for it to load; null where it cannot be had. `null` asks for whatever is
   * the newest now.
   */
  atLeast(revision: number | null): Promise<Snapshot | null>
}

/** What holds a caller back; `retryAfter` in whole seconds. */
export interface Held {
  readonly limit: 'system' | 'rate' | 'concurrency' | 'volume'
  readonly retryAfter: number
}

export interface Admission {
  /** Gives the place back. Once. */
  release(): void
}

export interface Limits {
  /** The flat cap of one system over all it does. */
  checkSystem(system: SystemId): Promise<Held | null>
  /** The agreement's rate, concurrency and volume. */
  admit(agreement: Agreement, at: Instant): Promise<Admission | Held>
  /** Counts what crossed against the agreement's volume. */
  countBytes(agreement: Agreement, at: Instant, bytes: number): void
}

/** A body still on its way. */
export interface BodySource {
  /** Reads all of it. Nothing beyond `maxBytes` is kept, and reading stops there. */
  read(
    maxBytes: number,
  ): Promise<Uint8Array | 'too-large' | 'timeout' | 'gone' | 'overloaded'> | Uint8Array | 'too-large'
}

/** What one exchange may hold of the memory for bodies, over request and answer. */
export interface Memory {
  /** False: there is no room, and nothing was taken. */
  take(bytes: number): boolean
}

export interface ProviderRequest {
  readonly provider: System
  readonly method: string
  /** Path and query, byte for byte. */
  readonly path: string
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: Uint8Array
  readonly deadlineMillis: number
  readonly maxResponseBytes: number
  readonly memory: Memory
}

export interface ProviderAnswer {
  readonly status: number
  /** Lower-case names; the first value of each. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
  /** What the connection to the provider negotiated; null: not known. */
  readonly tls: Channel | null
}

/** `unreachable`, `untrusted` and `paused` mean that nothing was sent. */
export type ProviderFailure = 'unreachable' | 'untrusted' | 'paused' | 'failed' | 'timeout' | 'too-large' | 'overloaded'

export interface Providers {
  /** Sends once, never again. Resolves to a failure where there is no answer. */
  send(request: ProviderRequest): Promise<ProviderAnswer | ProviderFailure>
  /** Tells that an answer broke its description: counts against the provider like a failure. */
  blame(provider: SystemId): void
  /** Tells that an answer fitted its description: only that ends a row of failures. */
  accept(provider: SystemId): void
}

export interface Observer {
  /** Duration of one step of one exchange, in microseconds. */
  step(name: string, micros: number): void
  exchange(outcome: 'answered' | 'refused' | 'faulted' | 'checked' | 'undelivered', code: string): void
  /** A fault's cause, for the operations log. Never for the caller. */
  fault(exchange: string, thrown: unknown): void
}

/** What alerts are judged by: counted per party, kept nowhere else. */
export interface ActivityCounter {
  answered(consumer: SystemId, service: ServiceId, bytes: number): void
  /** `service`: null where it was not known yet. */
  refused(consumer: SystemId, service: ServiceId | null): void
  /** Nobody whom we know, by address. */
  unidentified(address: string): void
  /** A dormant agreement, awake, authorised an exchange. */
  emergency(agreement: Agreement): void
}

/** Nonces of message signatures that were accepted, over all processes and restarts. */
export interface Nonces {
  /**
   * Takes a nonce, `digest` naming it together with its key: of any number of calls with one digest, in whatever process, one
   * gets `fresh`, and it is durable by then. Remembered well beyond `expires`. Rejects where that is not certain: then the
   * nonce may have been taken, and nothing may cross.
   */
  claim(digest: Digest, expires: Instant): Promise<'fresh' | 'replayed'>
}

/** Everything the steps need from outside. */
export interface Ports {
  readonly clock: { now(): Instant }
  readonly snapshots: Snapshots
  readonly revocations: Revocations
  readonly log: AuditLog
  readonly limits: Limits
  readonly providers: Providers
  readonly validators: Validators
  readonly tokens: Pick<TokenChecker, 'check'>
  /** Signs `Exchange-Assertion`. Rejects where the key cannot be reached: then nothing is forwarded. */
  readonly assertion: (request: AssertedRequest) => Promise<string>
  readonly nonces: Nonces
  /** Signs answers to signed requests. */
  readonly answerKeys: Pick<GatewayKeys, 'current'>
  /** Key of the commitments; never leaves the process. */
  readonly evidenceKey: KeyObject
  readonly refusals: RefusalBudget
  /** Why nothing may cross at this moment, whatever the call; null: nothing stands in the way. Asked before each record that lets go. */
  readonly halted: () => ProblemCode | null
  readonly observe: Observer
  /** Absent: nobody watches. */
  readonly activity?: ActivityCounter
}

/** Above a budget per system refusals are counted, not recorded one by one, so that nobody can fill the log. */
export interface RefusalBudget {
  /** True: record this one. False: it has been counted. */
  spend(count: Count): boolean
}
