import type { LaneName } from '../../domain/gateway-id.ts'
import { hashLeaf, subtreeRoot } from '../../log/hash.ts'
import { TILE_WIDTH, widthOfTile } from '../../log/tiles.ts'
import type { Database } from './database.ts'
import { readLeaves, readTile } from './lane-reads.ts'

/** Full tiles are stored; the newest of each level is computed from what lies below it. */
export async function tileOf(
  database: Database,
  lane: LaneName,
  size: number,
  level: number,
  index: number,
): Promise<Uint8Array> {
  const stored = await readTile(database, lane, level, index)
  if (stored) return stored
  const first = index * TILE_WIDTH
  const width = widthOfTile(level, index, size)
  if (level === 0) return Buffer.concat((await readLeaves(database, lane, first, first + width)).map(hashLeaf))
  const roots: Uint8Array[] = []
  for (let i = 0; i < width; i++)
    roots.push(subtreeRoot(await tileOf(database, lane, size, level - 1, first + i), 0, TILE_WIDTH))
  return Buffer.concat(roots)
}
