import type { QueryConfig } from 'pg'
import type { Batch } from '../../log/lane-store.ts'

/**
 * One round trip and one transaction. The head is moved by compare-and-swap; leaves and tiles are inserted from what that
 * update returned, so nothing is written unless it happened. Leaves come as one run of bytes with their lengths: an
 * array of bytea would travel as hexadecimal text. `synchronous_commit` is set in the transaction itself, so that no
 * default of the role or the database can weaken promise 1.
 */
const COMMIT = `
WITH head AS (
  UPDATE lane SET size = $4, root = $5, checkpoint = $6
  WHERE name = $1 AND size = $2 AND epoch = $3 AND state = 'open'
  RETURNING id
), leaves AS (
  INSERT INTO record (lane, index, day, leaf)
  SELECT head.id, $2 + n - 1, $7, substring($8::bytea FROM start FOR length)
  FROM head, unnest($9::int[], $10::int[]) WITH ORDINALITY AS cut (start, length, n)
), tiles AS (
  INSERT INTO tile (lane, level, index, hashes)
  SELECT head.id, level, index, substring($13::bytea FROM (8192 * (n - 1) + 1)::int FOR 8192)
  FROM head, unnest($11::smallint[], $12::bigint[]) WITH ORDINALITY AS cut (level, index, n)
)
SELECT EXISTS (SELECT FROM head) AS committed,
       (SELECT max(number) FROM revision) AS newest,
       set_config('synchronous_commit', 'on', true)`

export interface CommitRow {
  readonly committed: boolean
  /** Null: not even the genesis is stored. */
  readonly newest: number | null
}

/** The prepared statement for one batch. */
export function commitStatement(batch: Batch): QueryConfig {
  const { lane, from, to, day, leaves, tiles } = batch
  const starts: number[] = []
  const lengths: number[] = []
  let next = 1
  for (const leaf of leaves) {
    starts.push(next)
    lengths.push(leaf.length)
    next += leaf.length
  }
  return {
    name: 'commit',
    text: COMMIT,
    values: [
      lane,
      from.size,
      from.epoch,
      to.size,
      Buffer.from(to.root),
      to.checkpoint,
      day,
      Buffer.concat(leaves),
      starts,
      lengths,
      tiles.map(tile => tile.level),
      tiles.map(tile => tile.index),
      Buffer.concat(tiles.map(tile => tile.hashes)),
    ],
  }
}
