import type { ExchangeId, RequestId } from '../../domain/exchange-id.ts'
import type { LaneName } from '../../domain/gateway-id.ts'
import type { SystemId } from '../../domain/system-id.ts'
import { hashLeaf } from '../../log/hash.ts'
import { tileHashReader } from '../../log/hash-reader.ts'
import { inclusionProof } from '../../log/proofs.ts'
import type { ExchangeReader, ProvenRecord } from '../../review/exchange-reader.ts'
import type { Database } from './database.ts'
import { tileOf } from './tile-of.ts'

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
