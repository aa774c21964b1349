import type { PoolClient } from 'pg'
import type { LaneName } from '../../domain/gateway-id.ts'
import { formatInstant } from '../../domain/instant.ts'
import type { SearchColumns } from '../../record/search-columns.ts'
import type { Database } from './database.ts'

export interface Followed {
  /** Records copied, over all lanes. */
  readonly copied: number
  /** Whether some lane had as many as were asked for: call again at once. */
  readonly more: boolean
  /** Lanes that could not be followed; the others were. Alert. */
  readonly failed: readonly { readonly lane: LaneName; readonly error: Error }[]
}

/**
 * One step of the follower: copies the next records of each lane (at most `limit` a lane) into record_search, in order.
 * Rows and position are one transaction a lane: a crash leaves both or neither. A lane that another process is following
 * at this moment is passed over.
 */
export async function followRecords(
  database: Database,
  columnsOf: (leaf: Uint8Array) => SearchColumns,
  limit = 500,
): Promise<Followed> {
  const { rows: lanes } = await database.pool.query<LaneRow>(
    `SELECT lane.id, lane.name, lane.size FROM lane LEFT JOIN follower ON follower.lane = lane.id
     WHERE lane.size > coalesce(follower.next, 0) ORDER BY lane.id`,
  )
  const failed: { lane: LaneName; error: Error }[] = []
  let copied = 0
  let more = false
  for (const lane of lanes) {
    try {
      const count = await followLane(database, lane, columnsOf, limit)
      copied += count
      more ||= count === limit
    } catch (error) {
      failed.push({ lane: lane.name, error: error as Error })
    }
  }
  return { copied, more, failed }
}

interface LaneRow {
  readonly id: number
  readonly name: LaneName
  readonly size: number
}

async function followLane(
  database: Database,
  { id: lane, size }: LaneRow,
  columnsOf: (leaf: Uint8Array) => SearchColumns,
  limit: number,
): Promise<number> {
  const client = await database.pool.connect()
  try {
    await client.query('BEGIN')
    const next = await lockPosition(client, lane)
    const records = next === null ? [] : await nextRecords(client, lane, next, Math.min(size, next + limit))
    if (next !== null && records.length > 0) {
      await insertColumns(client, lane, records, columnsOf)
      await client.query('UPDATE follower SET next = $2 WHERE lane = $1', [lane, next + records.length])
    }
    await client.query('COMMIT')
    client.release()
    return records.length
  } catch (error) {
    // Closing the connection is what rolls back for certain.
    client.release(true)
    throw error
  }
}

/** The next index to copy, locked; null while another process has it. */
async function lockPosition(client: PoolClient, lane: number): Promise<number | null> {
  await client.query('INSERT INTO follower (lane, next) VALUES ($1, 0) ON CONFLICT DO NOTHING', [lane])
  const text = 'SELECT next FROM follower WHERE lane = $1 FOR UPDATE SKIP LOCKED'
  const { rows } = await client.query<{ next: number }>(text, [lane])
  return rows[0]?.next ?? null
}

interface RecordRow {
  readonly index: number
  readonly day: string
  readonly leaf: Uint8Array
}

/** [next, end) in order. Commits are seen whole, so what the head counts is there, or a record is missing. */
async function nextRecords(client: PoolClient, lane: number, next: number, end: number): Promise<readonly RecordRow[]> {
  const text = 'SELECT index, day, leaf FROM record WHERE lane = $1 AND index >= $2 AND index < $3 ORDER BY index'
  const { rows } = await client.query<RecordRow>({ name: 'follow', text, values: [lane, next, end] })
  const gap = rows.findIndex((row, i) => row.index !== next + i)
  const missing = gap >= 0 ? next + gap : next + rows.length
  if (missing < end) throw new Error(`record ${missing} is missing`)
  return rows
}

const INSERT = `
INSERT INTO record_search (lane, index, day, at, kind, exchange_id, consumer, provider, service, operation, purpose,
  agreement, decision, code, status, request_id, revision)
SELECT $1, * FROM unnest($2::bigint[], $3::date[], $4::timestamptz[], $5::text[], $6::uuid[], $7::text[], $8::text[],
  $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int[], $16::text[], $17::int[])
ON CONFLICT DO NOTHING`

async function insertColumns(
  client: PoolClient,
  lane: number,
  records: readonly RecordRow[],
  columnsOf: (leaf: Uint8Array) => SearchColumns,
): Promise<void> {
  const columns = records.map(record => readColumns(record, columnsOf))
  const all = <T>(pick: (row: SearchColumns) => T) => columns.map(pick)
  const values = [
    lane,
    records.map(record => record.index),
    records.map(record => record.day),
    all(row => formatInstant(row.at)),
    all(row => row.kind),
    all(row => row.exchangeId),
    all(row => row.consumer),
    all(row => row.provider),
    all(row => row.service),
    all(row => row.operation),
    all(row => row.purpose),
    all(row => row.agreement),
    all(row => row.decision),
    all(row => row.code),
    all(row => row.status),
    all(row => row.requestId),
    all(row => row.revision),
  ]
  await client.query({ name: 'search', text: INSERT, values })
}

function readColumns(record: RecordRow, columnsOf: (leaf: Uint8Array) => SearchColumns): SearchColumns {
  try {
    return columnsOf(record.leaf)
  } catch (cause) {
    throw new Error(`record ${record.index} cannot be read`, { cause })
  }
}
