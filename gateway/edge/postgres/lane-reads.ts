import type { LaneName } from '../../domain/gateway-id.ts'
import { MissingLeaf } from '../../log/missing-leaf.ts'
import type { Database } from './database.ts'

export interface IndexedLeaf {
  readonly index: number
  readonly leaf: Uint8Array
}

const PAGE = `
SELECT index, leaf FROM record
WHERE lane = (SELECT id FROM lane WHERE name = $1) AND index >= $2 AND index < $3
ORDER BY index LIMIT $4`

/** Leaf bytes of [from, to), in order. Rejects if one is missing. All are in memory at once: for short ranges. */
export async function readLeaves(
  database: Database,
  lane: LaneName,
  from: number,
  to: number,
): Promise<readonly Uint8Array[]> {
  if (to <= from) return []
  const { rows } = await database.pool.query<IndexedLeaf>(PAGE, [lane, from, to, to - from])
  const gap = rows.findIndex((row, i) => row.index !== from + i)
  const missing = gap >= 0 ? from + gap : from + rows.length
  if (missing < to) throw new MissingLeaf(missing)
  return rows.map(row => row.leaf)
}

/**
 * The leaves of [from, to) that are stored, in order, `chunk` of them in memory at a time (a leaf has at most 65,535
 * bytes). A gap in the indexes means that the record is missing or its month was dropped: the reader must look.
 */
export async function* readLeavesStream(
  database: Database,
  lane: LaneName,
  from: number,
  to: number,
  chunk = 500,
): AsyncGenerator<IndexedLeaf, void, undefined> {
  for (let next = from; next < to; ) {
    const { rows } = await database.pool.query<IndexedLeaf>({
      name: 'leaves',
      text: PAGE,
      values: [lane, next, to, chunk],
    })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < chunk) return
    next = last.index + 1
  }
}

/** The 256 hashes of one full tile (8,192 bytes), or null where it is not full yet. */
export async function readTile(
  database: Database,
  lane: LaneName,
  level: number,
  index: number,
): Promise<Uint8Array | null> {
  const text =
    'SELECT hashes FROM tile WHERE lane = (SELECT id FROM lane WHERE name = $1) AND level = $2 AND index = $3'
  const { rows } = await database.pool.query<{ hashes: Uint8Array }>({
    name: 'tile',
    text,
    values: [lane, level, index],
  })
  return rows[0]?.hashes ?? null
}
