import { randomBytes } from 'node:crypto'
import { type GatewayId, type LaneName, newLaneName } from '../../../gateway/domain/gateway-id.ts'
import { type Database, openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { insertLane, type NewLane, setLaneState } from '../../../gateway/edge/postgres/lanes.ts'
import type { Batch } from '../../../gateway/log/lane-store.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'

export interface World {
  readonly fresh: FreshDatabase
  readonly database: Database
  readonly admin: Database
  close(): Promise<void>
}

/** A fresh database, seen as the run-time role and as the superuser. */
export async function openWorld(): Promise<World> {
  const fresh = await freshDatabase()
  const database = openDatabase(fresh.runtimeUrl, { name: 'test' })
  const admin = openDatabase(fresh.adminUrl, { name: 'test admin', connections: 2 })
  const close = async () => {
    await database.close()
    await admin.close()
    await fresh.drop()
  }
  return { fresh, database, admin, close }
}

export const GATEWAY = 'gateway-1' as GatewayId

export const newLane = (name: LaneName = newLaneName(GATEWAY), more: Partial<NewLane> = {}): NewLane => ({
  name,
  gateway: GATEWAY,
  kind: 'data',
  state: 'opening',
  publicKey: randomBytes(32),
  root: Buffer.alloc(32),
  checkpoint: 'checkpoint of size 0',
  ...more,
})

/** An open lane without records. */
export async function openLane(database: Database): Promise<LaneName> {
  const lane = newLane()
  await insertLane(database, lane)
  await setLaneState(database, lane.name, 'opening', 'open')
  return lane.name
}

export const leafOf = (n: number, bytes = 200): Buffer => Buffer.from(`${n}:`.padEnd(bytes, 'ả'.repeat(3)), 'utf8')

/** A batch of `count` leaves that starts at `size`. */
export function batchOf(lane: LaneName, size: number, count: number, more: Partial<Batch> = {}): Batch {
  return {
    lane,
    from: { size, epoch: 1 },
    to: { size: size + count, root: Buffer.alloc(32, size + count), checkpoint: `checkpoint of size ${size + count}` },
    day: new Date().toISOString().slice(0, 10),
    leaves: Array.from({ length: count }, (_, i) => leafOf(size + i, 100 + i)),
    tiles: [],
    ...more,
  }
}
