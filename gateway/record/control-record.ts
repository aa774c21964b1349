import type { ChangeId } from '../domain/change-id.ts'
import type { Digest } from '../domain/digest.ts'
import type { ExchangeId } from '../domain/exchange-id.ts'
import type { LaneName } from '../domain/gateway-id.ts'
import { formatInstant, type Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { Writer } from './exchange-record.ts'
import { encodeLeaf, newSalt } from './leaf.ts'

/** Size and root (64 hex digits) of a lane at some moment. */
export interface LaneHead {
  readonly lane: LaneName
  readonly size: number
  readonly root: string
}

/** A key of the gateway, as the control lane tells of it. */
export interface RecordedKey {
  readonly use: 'control-lane' | 'answers' | 'assertions' | 'tokens' | 'evidence' | 'gateway-tls'
  /** Control lane: the raw Ed25519 public key. Evidence: a fingerprint. Else the SHA-256 of the public key (SPKI). Hex. */
  readonly key: string
  readonly algorithm: string
  readonly place: 'file' | 'pkcs11'
  /** SPKI, DER, base64: what was signed with it can be verified from the log alone. The evidence key has none. */
  readonly publicKey?: string
}

/** One act of an officer, done or refused. Values stand in it by digest only. */
export interface OfficerEvent {
  /** What was tried: `propose`, `approve`, or an operation of the office API. */
  readonly event: string
  /** As named or authenticated; null: nobody (a change whose time had come). */
  readonly officer: string | null
  readonly via: 'office' | 'command' | 'schedule'
  readonly change: ChangeId | null
  readonly outcome: 'done' | 'refused'
  /** Why it was refused: a code. */
  readonly reason: string | null
  /** Digests of what was there and of what is there now. */
  readonly was: Digest | null
  readonly is: Digest | null
  readonly actedAt: Instant
}

/** What the control lane records. */
export type ControlEvent =
  | (Omit<OfficerEvent, 'actedAt'> & {
      readonly kind: 'officer'
      /** Its number among all acts: rises; each is recorded once. */
      readonly number: number
      readonly actedAt: string
    })
  | {
      readonly kind: 'revision'
      readonly number: RevisionNumber
      readonly digest: Digest
      readonly previous: Digest | null
      readonly officers: readonly OfficerId[]
    }
  | ({ readonly kind: 'key'; readonly event: 'registered' | 'retired' } & RecordedKey)
  | ({
      readonly kind: 'key'
      readonly event: 'activated'
      /** Control lane only: the last checkpoint of the key before, of all leaves before this one. */
      readonly checkpoint?: string
    } & RecordedKey)
  | {
      readonly kind: 'lane'
      readonly event: 'opened'
      readonly opened: LaneName
      /** Raw Ed25519 key of the lane, hex. Nobody else may sign for it. */
      readonly publicKey: string
      readonly openedBy: string
    }
  | {
      readonly kind: 'lane'
      readonly event: 'sealed'
      readonly head: LaneHead
      readonly why: 'ended' | 'damaged'
      /** Requests without an answer record, each written as `unresolved` before this record. */
      readonly unresolved: number
    }
  | { readonly kind: 'heads'; readonly heads: readonly LaneHead[] }
  | {
      readonly kind: 'unresolved'
      readonly exchange: ExchangeId
      /** Where its request record is. */
      readonly inLane: LaneName
      readonly index: number
    }
  | { readonly kind: 'read'; readonly reader: string; readonly what: string }
  | ({ readonly kind: 'alert' } & AlertEvent)
  | {
      readonly kind: 'system'
      readonly event: 'started' | 'stopped' | 'took-control' | 'damage-found'
      readonly detail: string
    }

/** Something that a person shall look at. */
export interface AlertEvent {
  readonly event: 'raised' | 'ended' | 'reviewed'
  /** UUIDv7: the same from raised to reviewed. */
  readonly alert: string
  /** The id of an alert rule, or the code of an alert that every gateway raises. */
  readonly rule: string
  /** What it is about: a system, an agreement, a lane; null: the gateway as a whole. */
  readonly subject: string | null
  readonly detail: string
  /** Who reviewed it. */
  readonly officer: OfficerId | null
}

/** The leaf of one control record. */
export function controlLeaf(writtenAt: Instant, event: ControlEvent, writer: Writer): Uint8Array {
  const { kind, ...rest } = event
  return encodeLeaf({
    v: 1,
    kind,
    salt: newSalt(),
    at: formatInstant(writtenAt),
    gateway: writer.gateway,
    lane: writer.lane,
    software: writer.software,
    ...rest,
  })
}
