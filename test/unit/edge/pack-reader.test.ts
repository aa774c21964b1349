import { describe, expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { CONTROL_LANE } from '../../../gateway/domain/gateway-id.ts'
import type { Database } from '../../../gateway/edge/postgres/database.ts'
import { packReader } from '../../../gateway/edge/postgres/pack-reader.ts'
import { subtreeRoot } from '../../../gateway/log/hash.ts'
import { verifyInclusion } from '../../../gateway/log/proofs.ts'
import { TILE_WIDTH } from '../../../gateway/log/tiles.ts'

describe('what packs are made of', () => {
  it('is proven record by record, and others have their turn in between', async () => {
    const hashes = randomBytes(32 * TILE_WIDTH)
    const database = { pool: { query: async () => ({ rows: [{ hashes }] }) } } as unknown as Database
    const reader = packReader(database, async () => undefined)
    let others = 0
    let isOver = false
    const other = (): void => {
      others++
      if (!isOver) setImmediate(other)
    }
    setImmediate(other)
    for (let index = 0; index < TILE_WIDTH; index++) {
      const proof = await reader.inclusion(CONTROL_LANE, index, TILE_WIDTH)
      const leaf = hashes.subarray(index * 32, (index + 1) * 32)
      expect(verifyInclusion(index, TILE_WIDTH, leaf, proof, subtreeRoot(hashes, 0, TILE_WIDTH))).toBe(true)
    }
    isOver = true
    expect(others).toBeGreaterThanOrEqual(TILE_WIDTH - 1)
  })
})
