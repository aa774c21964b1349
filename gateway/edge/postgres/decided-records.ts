import { type Client, Client as PostgresClient } from 'pg'
import type { LaneName } from '../../domain/gateway-id.ts'
import { dayOf, type Instant } from '../../domain/instant.ts'
import type { DecidedReader, LeafPage } from '../../review/replay-log.ts'
import { connectionTo } from './database.ts'

/** Rows in memory at a time, twice: the next page is on its way while one is worked on. About 3 MB each of usual leaves. */
const PAGE = 2_000
const DAY_MICROS = 86_400_000_000

interface Stretch {
  readonly lane: LaneName
  readonly id: number
  /** Half-open. */
  readonly from: number
  readonly to: number
}

/**
 * The records of gateways' lanes that may hold a decision, of a time (half-open, with up to two days more on either side), as of one
 * moment: one read-only REPEATABLE READ transaction on a connection of its own. Close it.
 */
export async function openDecidedReader(
  url: string,
  { from, to }: { readonly from: Instant | null; readonly to: Instant | null },
): Promise<DecidedReader & { close(): Promise<void> }> {
  const client = new PostgresClient({ ...connectionTo(url, 'lienthong replay'), statement_timeout: 0 })
  // The query under way, or the next one, fails with it.
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const { rows: lanes } = await client.query<{ name: LaneName; id: number; size: number }>(
    "SELECT name, id, size FROM lane WHERE kind = 'data' ORDER BY id",
  )
  const stretches: Stretch[] = []
  for (const { name, id, size } of lanes) {
    // A record is filed under the day of its batch: its own, or around midnight the next.
    const begin = from === null ? 0 : await firstOfDay(client, id, size, dayOf((from - DAY_MICROS) as Instant))
    const end = to === null ? size : await firstOfDay(client, id, size, dayOf((to + 2 * DAY_MICROS) as Instant))
    if (begin < end) stretches.push({ lane: name, id, from: begin, to: end })
  }
  return {
    size: stretches.reduce((sum, stretch) => sum + stretch.to - stretch.from, 0),
    pages: () => pages(client, stretches),
    close: () => client.end(),
  }
}

/** The first index of a lane that is filed under this day or a later one; `size`: none. Days rise along a lane. */
async function firstOfDay(client: Client, lane: number, size: number, day: string): Promise<number> {
  let low = 0
  let high = size
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    // The next one that is still there: retention may have dropped some.
    const { rows } = await client.query<{ index: number; day: string }>({
      name: 'day',
      text: 'SELECT index, day FROM record WHERE lane = $1 AND index >= $2 ORDER BY index LIMIT 1',
      values: [lane, middle],
    })
    const [found] = rows
    if (found === undefined || found.day >= day) high = middle
    else low = found.index + 1
  }
  return low
}

async function* pages(client: Client, stretches: readonly Stretch[]): AsyncGenerator<LeafPage> {
  for (const stretch of stretches) {
    let next: Promise<Page> | null = readPage(client, stretch, stretch.from)
    while (next !== null) {
      const { rows, end }: Page = await next
      const advance: number = end.to - end.from
      next = end.to < stretch.to ? readPage(client, stretch, end.to) : null
      // Its rejection is met when it is awaited; a caller that has stopped does not.
      next?.catch(() => undefined)
      yield { lane: stretch.lane, rows, advance }
    }
  }
}

interface Row {
  readonly index: number
  readonly leaf: Uint8Array | null
}

interface Page {
  readonly rows: readonly { readonly index: number; readonly leaf: Uint8Array }[]
  readonly end: { readonly from: number; readonly to: number }
}

// A leaf begins with its version and kind. That of an answer decides nothing: it need not leave the database.
const ROWS = `
SELECT index, CASE WHEN substring(leaf FROM 1 FOR 24) = $4 THEN NULL ELSE leaf END AS leaf
FROM record WHERE lane = $1 AND index >= $2 AND index < $3 ORDER BY index LIMIT ${PAGE}`
const ANSWER = Buffer.from('{"v":1,"kind":"response"')

async function readPage(client: Client, { id, to }: Stretch, from: number): Promise<Page> {
  const values = [id, from, to, ANSWER]
  const { rows } = await client.query<Row>({ name: 'decided', text: ROWS, values })
  const last = rows.at(-1)
  const end = last === undefined || rows.length < PAGE ? to : last.index + 1
  return { rows: rows.filter((row): row is Page['rows'][number] => row.leaf !== null), end: { from, to: end } }
}
