import type { LaneName } from '../../domain/gateway-id.ts'
import type { TileName } from '../../log/tiles.ts'
import type { ListedKeys, LogView } from './log-view.ts'

/**
 * An auditor's own copy of a log, in the layout of C2SP tlog-tiles; `edge` provides it. Tiles and bundles may be written before the
 * checkpoint that vouches for them: only what lies below a checkpoint counts, and each write is whole or not there.
 */
export interface CopyStore extends LogView {
  writeCheckpoint(lane: LaneName, note: string): void
  /** A head that contradicts the copy: kept beside it, as proof. Returns where. */
  keepConflict(lane: LaneName, note: string): string
  writeKeys(keys: ListedKeys): void
  writeTile(lane: LaneName, tile: TileName, bytes: Uint8Array): void
  removeTile(lane: LaneName, tile: TileName): void
  hasTile(lane: LaneName, tile: TileName): boolean
}
