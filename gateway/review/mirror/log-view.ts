import type { LaneName } from '../../domain/gateway-id.ts'
import type { Result } from '../../domain/result.ts'
import type { TileName } from '../../log/tiles.ts'
import type { ControlLeaf } from '../log-source.ts'

/** The key of a data lane as somebody lists it, with what is to prove it. */
export interface ListedKey {
  readonly lane: LaneName
  /** Raw Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly endorsement: ControlLeaf | null
}

export interface ListedKeys {
  /** What the control lane is said to hold about its own keys, by rising index. */
  readonly control: readonly ControlLeaf[]
  readonly lanes: readonly ListedKey[]
}

/** `absent`: there is no such tile. `forbidden`: this reader may not have it. */
export type NoTile = 'absent' | 'forbidden'

/**
 * A log as somebody else shows it: a gateway, or a copy of its log. Nothing in it is proven, all of it is attacker-controlled, its sizes
 * are bounded. All reject where it cannot be asked.
 */
export interface LogView {
  lanes(): Promise<readonly LaneName[]>
  keys(): Promise<ListedKeys>
  /** Signed note; null: no such lane. */
  checkpoint(lane: LaneName): Promise<string | null>
  tile(lane: LaneName, tile: TileName): Promise<Result<Uint8Array, NoTile>>
}
