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
  readonly use: 'control-lane' | 'answers' | 'assertions' | 'tokens' | 'packs' | 'evidence' | 'gateway-tls'
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

/** Somebody read the log: an officer through the office, or a login of the database through the command. */
export interface ReadEvent {
  readonly kind: 'read'
  /** Officer id; of a command `login:` and the database's own word for who it was. */
  readonly reader: string
  readonly via: 'office' | 'command'
  /** What was asked for, in words of ours: never an answer. */
  readonly what: string
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
      /** Who signed the change, the proposer first; of a production genesis its security officers, of a development one nobody. */
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
  | (Omit<ReadEvent, 'actedAt'> & {
      /** Among all acts and reads: rises; each is recorded once. */
      readonly number: number
      readonly actedAt: string
    })
  | (AlertEvent & {
      readonly kind: 'alert'
      /** Among all acts, reads and alerts: rises; each is recorded once. */
      readonly number: number
      readonly actedAt: string
    })
  | {
      readonly kind: 'system'
      readonly event: 'started' | 'stopped' | 'took-control' | 'damage-found'
      readonly detail: string
    }
  | {
      readonly kind: 'system'
      /** A witness holds another log than the one that is here. */
      readonly event: 'witness-conflict'
      readonly detail: string
      /** The conflict, as its digest names it. */
      readonly statement: string
    }
  | {
      readonly kind: 'system'
      /** Two officers let the gateway go on behind it. */
      readonly event: 'recovered'
      readonly detail: string
      /** The text that they signed. */
      readonly statement: string
      /** JWS (RFC 7515), one an officer. */
      readonly signatures: readonly string[]
    }

/** Something that a person shall look at, on its way to the control lane. */
export interface WaitingAlert extends AlertEvent {
  readonly kind: 'alert'
  readonly actedAt: Instant
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
