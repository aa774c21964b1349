import type { Instant } from '../../domain/instant.ts'
import type { Database } from './database.ts'
import { durably } from './durably.ts'

/** A time stamp over a checkpoint of the control lane; its signatures were checked before it was stored. */
export interface StoredTimestamp {
  /** Leaves of the stamped checkpoint, and its root. */
  readonly size: number
  readonly root: Uint8Array
  /** Name of the time authority in the configuration of then. */
  readonly authority: string
  /** The signed note: its bytes are what was stamped. */
  readonly checkpoint: string
  /** DER, TimeStampToken of RFC 3161. */
  readonly token: Uint8Array
  /** What the token says. */
  readonly genTime: Instant
}

const COLUMNS = 'size, root, authority, checkpoint, token, gen_time AS "genTime"'

/** Durable once resolved. */
export const insertTimestamp = (database: Database, stamp: StoredTimestamp): Promise<void> =>
  durably(database, async client => {
    const { size, root, authority, checkpoint, token, genTime } = stamp
    await client.query(
      'INSERT INTO timestamp (size, root, authority, checkpoint, token, gen_time) VALUES ($1, $2, $3, $4, $5, $6)',
      [size, Buffer.from(root), authority, checkpoint, Buffer.from(token), genTime],
    )
  })

/**
 * Stamps of a checkpoint of the control lane with at least `size` leaves: of each authority the first such, so the earliest word that
 * they were there. Ordered by authority; empty where nothing was stamped since.
 */
export async function timestampsFor(database: Database, size: number): Promise<readonly StoredTimestamp[]> {
  const { rows } = await database.pool.query<StoredTimestamp>(
    `SELECT DISTINCT ON (authority) ${COLUMNS} FROM timestamp WHERE size >= $1 ORDER BY authority, size, id`,
    [size],
  )
  return rows
}

/** When each authority last gave a good stamp, by the gateway that took it. */
export async function newestTimestamps(database: Database): Promise<ReadonlyMap<string, { readonly at: Instant }>> {
  const { rows } = await database.pool.query<{ authority: string; at: Instant }>(
    'SELECT authority, (extract(epoch FROM max(at)) * 1000000)::bigint AS at FROM timestamp GROUP BY authority',
  )
  return new Map(rows.map(({ authority, at }) => [authority, { at }]))
}
