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

/** What the control lane records. */
export type ControlEvent =
  | {
      readonly kind: 'revision'
      readonly number: RevisionNumber
      readonly digest: Digest
      readonly previous: Digest | null
      readonly officers: readonly OfficerId[]
    }
  | {
      readonly kind: 'key'
      readonly event: 'registered'
      readonly use: 'control-lane' | 'gateway-tls'
      /** Ed25519 public key or SPKI digest, hex. */
      readonly key: string
    }
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
  | {
      readonly kind: 'system'
      readonly event: 'started' | 'stopped' | 'took-control' | 'damage-found'
      readonly detail: string
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
