import type { Client } from 'pg'
import { Client as PostgresClient } from 'pg'
import { instant } from '../../domain/instant.ts'
import type { LaneName } from '../../domain/gateway-id.ts'
import type { LeafRow } from '../../log/verify-lane.ts'
import type { SearchColumns } from '../../record/search-columns.ts'
import type { LogReader, ReviewedLane, ReviewedRevision, ReviewedStamp } from '../../review/ports.ts'
import { connectionTo } from './database.ts'

/** Rows in memory at a time. */
const CHUNK = 1_000
const STAMPS = 100

/** Everything stored, as of one moment: one read-only REPEATABLE READ transaction on a connection of its own. */
export async function openLogReader(url: string): Promise<LogReader & { records: number; close(): Promise<void> }> {
  const client = new PostgresClient({ ...connectionTo(url, 'lienthong audit'), statement_timeout: 0 })
  // The query under way, or the next one, fails with it.
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const lanes = (await client.query<ReviewedLane & { id: number }>(LANES)).rows
  const ids = new Map(lanes.map(({ name, id }) => [name, id]))
  const idOf = (lane: LaneName): number => ids.get(lane) ?? -1
  return {
    records: lanes.reduce((sum, { size }) => sum + size, 0),
    lanes: async () => lanes,
    leaves: lane => leaves(client, idOf(lane)),
    async readTile(lane, level, index) {
      const text = 'SELECT hashes FROM tile WHERE lane = $1 AND level = $2 AND index = $3'
      const { rows } = await client.query<{ hashes: Uint8Array }>({
        name: 'tile',
        text,
        values: [idOf(lane), level, index],
      })
      return rows[0]?.hashes ?? null
    },
    async searchRows(lane, from, to) {
      const { rows } = await client.query<SearchRow>({ name: 'search', text: SEARCH, values: [idOf(lane), from, to] })
      return new Map(rows.map(({ index, micros, ...columns }) => [index, { ...columns, at: instant(micros) }]))
    },
    async *revisions() {
      const text = 'SELECT number, digest, previous, content FROM revision WHERE number > $1 ORDER BY number LIMIT 1'
      for (let number = -1; ; ) {
        const { rows } = await client.query<ReviewedRevision>(text, [number])
        const [row] = rows
        if (!row) return
        yield row
        number = row.number
      }
    },
    async *timestamps() {
      const text =
        'SELECT id, authority, size, root, checkpoint, token FROM timestamp WHERE id > $1 ORDER BY id LIMIT $2'
      for (let id = 0; ; ) {
        const { rows } = await client.query<ReviewedStamp & { id: number }>(text, [id, STAMPS])
        yield* rows
        const last = rows.at(-1)
        if (last === undefined || rows.length < STAMPS) return
        id = last.id
      }
    },
    close: () => client.end(),
  }
}

const LANES = `
SELECT lane.id, name, kind, state, public_key AS "publicKey", size, root, checkpoint, coalesce(follower.next, 0) AS followed
FROM lane LEFT JOIN follower ON follower.lane = lane.id ORDER BY lane.id`

type SearchRow = Omit<SearchColumns, 'at'> & { readonly index: number; readonly micros: number }

const SEARCH = `
SELECT index, (extract(epoch FROM at) * 1000000)::bigint AS micros, kind, exchange_id AS "exchangeId", consumer, provider,
  service, operation, purpose, agreement, decision, code, status, request_id AS "requestId", revision
FROM record_search WHERE lane = $1 AND index BETWEEN $2 AND $3`

/** The page behind the one that is looked at is on its way meanwhile: database and reader work side by side. */
async function* leaves(client: Client, lane: number): AsyncGenerator<readonly LeafRow[]> {
  const text = 'SELECT index, leaf FROM record WHERE lane = $1 AND index > $2 ORDER BY index LIMIT $3'
  const ask = async (after: number) => {
    const values = [lane, after, CHUNK]
    return (await client.query<{ index: number; leaf: Uint8Array }>({ name: 'leaves', text, values })).rows
  }
  for (let page = ask(-1); ; ) {
    const rows = await page
    const last = rows[rows.length - 1]
    if (!last) return
    page = ask(last.index)
    // Whoever stops reading does not wait for it.
    page.catch(() => undefined)
    yield rows
  }
}
