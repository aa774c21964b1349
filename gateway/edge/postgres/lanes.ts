import type { GatewayId, LaneName } from '../../domain/gateway-id.ts'
import type { LaneState, StoredHead } from '../../log/lane-store.ts'
import type { Database } from './database.ts'

export type LaneKind = 'data' | 'control'

/** A lane at its birth. */
export interface NewLane {
  readonly name: LaneName
  readonly gateway: GatewayId
  readonly kind: LaneKind
  /** `open` only for the control lane: others wait until the control lane has endorsed their key. */
  readonly state: 'opening' | 'open'
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Root and checkpoint of size 0. */
  readonly root: Uint8Array
  readonly checkpoint: string
}

export interface StoredLane extends StoredHead {
  readonly name: LaneName
  readonly gateway: GatewayId
  readonly kind: LaneKind
  readonly openedAt: Date
  readonly publicKey: Uint8Array
}

/** False: a lane of this name exists; nothing was changed. */
export async function insertLane(database: Database, lane: NewLane): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `INSERT INTO lane (name, gateway, kind, state, public_key, root, checkpoint) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (name) DO NOTHING`,
    [
      lane.name,
      lane.gateway,
      lane.kind,
      lane.state,
      Buffer.from(lane.publicKey),
      Buffer.from(lane.root),
      lane.checkpoint,
    ],
  )
  return rowCount === 1
}

/**
 * Moves a lane from one state to the next; false where it was not in `from`. A commit under way ends first, and once
 * this has resolved with `sealing` or `sealed` no later commit can succeed.
 */
export async function setLaneState(
  database: Database,
  lane: LaneName,
  from: LaneState,
  to: LaneState,
): Promise<boolean> {
  const text = 'UPDATE lane SET state = $3 WHERE name = $1 AND state = $2'
  const { rowCount } = await database.pool.query(text, [lane, from, to])
  return rowCount === 1
}

/** All lanes, or those in the given states, in the order in which they were opened. */
export async function listLanes(database: Database, states?: readonly LaneState[]): Promise<readonly StoredLane[]> {
  const { rows } = await database.pool.query<StoredLane>(
    `SELECT name, gateway, kind, state, opened_at AS "openedAt", public_key AS "publicKey", size, root, checkpoint, epoch
     FROM lane WHERE $1::text[] IS NULL OR state = ANY ($1) ORDER BY id`,
    [states ?? null],
  )
  return rows
}
