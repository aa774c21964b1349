import type { ExchangeId } from '../../domain/exchange-id.ts'
import type { LaneName } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Result } from '../../domain/result.ts'
import type { ServiceId } from '../../domain/service-id.ts'
import type { UnitCode } from '../../domain/unit-code.ts'

/** What a pack is about: one exchange, or all records of a time that are of a unit (as consumer or provider) or a service. */
export type PackScope =
  | { readonly kind: 'exchange'; readonly exchange: ExchangeId }
  | {
      readonly kind: 'range'
      /** With all units below it; null: of all. */
      readonly unit: UnitCode | null
      readonly service: ServiceId | null
      /** Half-open. */
      readonly from: Instant
      readonly to: Instant
    }

export interface LocatedLeaf {
  readonly lane: LaneName
  readonly index: number
  readonly leaf: Uint8Array
}

/** What there is of a scope, before any of it is read. */
export interface Survey {
  readonly lanes: readonly {
    readonly lane: LaneName
    /** The highest index, and when the newest record was written. */
    readonly last: number
    readonly newest: Instant
  }[]
  /** The revisions that the records name. */
  readonly revisions: readonly number[]
  readonly records: number
}

export type ControlRecordKind = 'lane' | 'heads' | 'key' | 'revision'

/** What packs are made of; `edge/postgres` provides it. Rejects where the store cannot be read. */
export interface PackReader {
  survey(scope: PackScope): Promise<Survey>
  /** The records of a survey, in the order of their times, at most a thousand a page. */
  records(scope: PackScope, survey: Survey): AsyncIterable<readonly LocatedLeaf[]>
  /** Null: there is none of this name. `size` and `checkpoint` are of one moment. */
  lane(
    name: LaneName,
  ): Promise<{ readonly publicKey: Uint8Array; readonly size: number; readonly checkpoint: string } | null>
  /** Records of the control lane: of `from` and later by rising time, or of `to` and earlier by falling time. */
  controlRecords(
    kinds: readonly ControlRecordKind[],
    bounds: { readonly from: Instant } | { readonly to: Instant },
  ): AsyncIterable<LocatedLeaf>
  /** RFC 6962 section 2.1.1. */
  inclusion(lane: LaneName, index: number, size: number): Promise<readonly Uint8Array[]>
  /** RFC 6962 section 2.1.2. */
  consistency(lane: LaneName, first: number, second: number): Promise<readonly Uint8Array[]>
}

/** What others have said of the control lane. Both may have nothing: then the pack says so. */
export interface OutsideWord {
  /** A checkpoint of more than `index` leaves with witnesses' cosignatures, the oldest of these; null: none yet. */
  cosignedBeyond(index: number): Promise<string | null>
  /** The same with RFC 3161 tokens over the bytes of the note, one of each authority; empty: none yet. */
  stampedBeyond(index: number): Promise<readonly Stamped[]>
}

export interface Stamped {
  readonly checkpoint: string
  /** DER, TimeStampToken. */
  readonly token: Uint8Array
}

/** Why there is no pack. All but `nothing` pass within seconds where a gateway runs. */
export type Unprepared =
  | { readonly reason: 'nothing' }
  | { readonly reason: 'lane-not-named'; readonly lane: LaneName }
  | { readonly reason: 'revision-not-recorded'; readonly revision: number }
  | { readonly reason: 'key-not-recorded' }

export interface PackFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A pack as it is read, attacker-controlled; `edge/zip` provides it. */
export interface PackSource {
  /** In the order in which they lie in the archive. */
  readonly names: readonly string[]
  read(name: string): Promise<Result<Uint8Array>>
}

export interface PackRequest {
  readonly scope: PackScope
  /** Whether commitment keys and message signatures go in. */
  readonly withKeys: boolean
  /** PEM of a registered signing key of a system, by its id; null: none. */
  readonly signingKey: (id: string) => string | null
  /** Called when the number of records is known, and with those that went in since the last call. */
  readonly progress?: (records: number, total: number) => void
}

export interface MadePack {
  /** For a file, without path: `pack-01a2….asice`. */
  readonly fileName: string
  readonly records: number
  /** The archive, made while it is taken. Rejects where the store cannot be read any more. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Makes packs of the stored log; `edge` provides it. */
export interface PackMaker {
  /**
   * Waits a little where what proves the newest records is still to be written, then says what is missing. Rejects where the store
   * cannot be read or the key cannot sign.
   */
  make(request: PackRequest): Promise<Result<MadePack, Unprepared>>
}
