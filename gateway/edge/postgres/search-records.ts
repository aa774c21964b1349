import type { ExchangeId, RequestId } from '../../domain/exchange-id.ts'
import type { UnitCode } from '../../domain/unit-code.ts'
import type { LaneName } from '../../domain/gateway-id.ts'
import { dayOf, formatInstant, type Instant } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { SearchColumns } from '../../record/search-columns.ts'
import type { Database } from './database.ts'

/** All that is given must hold. Texts match exactly. */
export interface SearchFilter {
  /** Half-open. */
  readonly from?: Instant
  readonly to?: Instant
  /** Consumer or provider is a system of this unit or of one below it. */
  readonly unit?: UnitCode
  readonly consumer?: string
  readonly service?: string
  readonly decision?: string
  readonly code?: string
  readonly exchangeId?: ExchangeId
  readonly requestId?: RequestId
  readonly kind?: string
}

export interface FoundRecord extends SearchColumns {
  readonly lane: LaneName
  readonly index: number
}

export interface Page {
  /** Newest first. */
  readonly records: readonly FoundRecord[]
  /** Where the next page starts; null: this is the last. */
  readonly cursor: string | null
}

const MAX_PAGE = 1_000

/** Searches what the follower has copied. An error: the cursor is none of ours (it is attacker-controlled). */
export async function searchRecords(
  database: Database,
  filter: SearchFilter,
  limit: number,
  cursor: string | null = null,
): Promise<Result<Page>> {
  const after = cursor === null ? ok(null) : parseCursor(cursor)
  if (!after.ok) return after
  const size = Math.max(1, Math.min(MAX_PAGE, Math.trunc(limit)))
  const { text, values } = searchStatement(filter, after.value, size + 1)
  const { rows } = await database.pool.query<FoundRow>(text, values)
  const records = rows.slice(0, size)
  const last = records.at(-1)
  const next = rows.length > size && last !== undefined ? cursorOf(last) : null
  return ok({ records: records.map(({ laneId: _, ...record }) => record), cursor: next })
}

interface FoundRow extends FoundRecord {
  readonly laneId: number
}

/** Micros since 1970, lane id and index of the last record of a page. */
type Position = readonly [number, number, number]

export const cursorOf = (row: Pick<FoundRow, 'at' | 'laneId' | 'index'>): string =>
  [row.at, row.laneId, row.index].map(n => n.toString(36)).join('-')

export function parseCursor(text: string): Result<Position> {
  const match = /^([0-9a-z]{1,11})-([0-9a-z]{1,6})-([0-9a-z]{1,11})$/.exec(text)
  const [at = Number.NaN, lane = Number.NaN, index = Number.NaN] = (match ?? [])
    .slice(1)
    .map(part => Number.parseInt(part, 36))
  const fits = Number.isSafeInteger(at) && at < MAX_MICROS && lane < 2 ** 31 && Number.isSafeInteger(index)
  return fits ? ok([at, lane, index]) : err('the cursor is not one of this search')
}

/** 2255-06-05: the end of exact instants (domain/instant.ts). */
const MAX_MICROS = 2 ** 53

const DAY_MICROS = 86_400_000_000

function searchStatement(filter: SearchFilter, after: Position | null, limit: number) {
  const values: unknown[] = []
  const conditions: string[] = []
  const where = (condition: (...places: string[]) => string, ...given: unknown[]) => {
    const places = given.map(value => `$${values.push(value)}`)
    conditions.push(condition(...places))
  }
  const same = (column: string, value: string | undefined) => {
    if (value !== undefined) where(place => `s.${column} = ${place}`, value)
  }
  // A record is filed under the day of its batch, which is its own or, around midnight, the next: one day of slack
  // lets the database pass over the other months' partitions.
  const { from, to, unit } = filter
  if (from !== undefined)
    where((at, day) => `s.at >= ${at} AND s.day >= ${day}`, formatInstant(from), dayOf((from - DAY_MICROS) as Instant))
  if (to !== undefined)
    where((at, day) => `s.at < ${at} AND s.day <= ${day}`, formatInstant(to), dayOf((to + DAY_MICROS) as Instant))
  // '.' and '/' are neighbours in ASCII and '0' follows: one range holds G99.21/… and G99.21.…, and not G99.210/….
  if (unit !== undefined) {
    const range = (column: string) => (low: string, high: string) => `(s.${column} >= ${low} AND s.${column} < ${high})`
    where(
      (low = '', high = '') => `(${range('consumer')(low, high)} OR ${range('provider')(low, high)})`,
      `${unit}.`,
      `${unit}0`,
    )
  }
  same('consumer', filter.consumer)
  same('service', filter.service)
  same('decision', filter.decision)
  same('code', filter.code)
  same('exchange_id', filter.exchangeId)
  same('request_id', filter.requestId)
  same('kind', filter.kind)
  if (after !== null) {
    const [at, lane, index] = after
    where((a, l, i) => `(s.at, s.lane, s.index) < (${a}, ${l}, ${i})`, formatInstant(at as Instant), lane, index)
  }
  const text = `
    SELECT lane.name AS lane, s.lane AS "laneId", s.index, (extract(epoch FROM s.at) * 1000000)::bigint AS at, s.kind,
      s.exchange_id AS "exchangeId", s.consumer, s.provider, s.service, s.operation, s.purpose, s.agreement, s.decision,
      s.code, s.status, s.request_id AS "requestId", s.revision
    FROM record_search s JOIN lane ON lane.id = s.lane
    WHERE ${conditions.length === 0 ? 'true' : conditions.join(' AND ')}
    ORDER BY s.at DESC, s.lane DESC, s.index DESC LIMIT $${values.push(limit)}`
  return { text, values }
}
