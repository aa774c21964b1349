import type { ExchangeId, RequestId } from '../../domain/exchange-id.ts'
import type { LaneName } from '../../domain/gateway-id.ts'
import type { SystemId } from '../../domain/system-id.ts'
import { hashLeaf, subtreeRoot } from '../../log/hash.ts'
import { tileHashReader } from '../../log/hash-reader.ts'
import { inclusionProof } from '../../log/proofs.ts'
import { TILE_WIDTH, widthOfTile } from '../../log/tiles.ts'
import type { ExchangeReader, ProvenRecord } from '../../review/exchange-reader.ts'
import type { Database } from './database.ts'
import { readLeaves, readTile } from './lane-reads.ts'

interface Row {
  readonly lane: LaneName
  readonly index: number
  readonly leaf: Uint8Array
  readonly size: number
  readonly checkpoint: string
}

/** Exchanges by id, through the search index; `follow` copies what it lacks yet. */
export function exchangeReader(database: Database, follow: () => Promise<void>): ExchangeReader {
  const find = async (exchange: ExchangeId): Promise<readonly Row[]> => {
    const { rows } = await database.pool.query<Row>({ name: 'exchange', text: BY_EXCHANGE, values: [exchange] })
    return rows
  }
  return {
    async recordsOf(exchange) {
      await follow()
      return Promise.all((await find(exchange)).map(row => prove(database, row)))
    },
    async exchangesOf(consumer: SystemId, requestId: RequestId, limit: number) {
      await follow()
      const { rows } = await database.pool.query<{ id: ExchangeId }>({
        name: 'request id',
        text: BY_REQUEST_ID,
        values: [consumer, requestId, limit],
      })
      return rows.map(({ id }) => id)
    },
  }
}

const BY_EXCHANGE = `
SELECT lane.name AS lane, record.index, record.leaf, lane.size, lane.checkpoint
FROM record_search AS found
JOIN record ON record.lane = found.lane AND record.index = found.index AND record.day = found.day
JOIN lane ON lane.id = found.lane
WHERE found.exchange_id = $1 ORDER BY found.at, found.lane, found.index`

const BY_REQUEST_ID = `
SELECT DISTINCT exchange_id AS id FROM record_search
WHERE consumer = $1 AND request_id = $2 AND exchange_id IS NOT NULL ORDER BY exchange_id DESC LIMIT $3`

async function prove(database: Database, { lane, index, leaf, size, checkpoint }: Row): Promise<ProvenRecord> {
  const hashes = await inclusionProof(
    index,
    size,
    tileHashReader((level, tile) => tileOf(database, lane, size, level, tile)),
  )
  return { lane, index, leaf, leafHash: hashLeaf(leaf), proof: { size, hashes, checkpoint } }
}

/** Full tiles are stored; the newest of each level is computed from what lies below it. */
async function tileOf(
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
  const below = Array.from({ length: width }, (_, i) => tileOf(database, lane, size, level - 1, first + i))
  return Buffer.concat((await Promise.all(below)).map(tile => subtreeRoot(tile, 0, TILE_WIDTH)))
}
