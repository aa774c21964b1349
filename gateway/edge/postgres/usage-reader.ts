import { dayOf, formatInstant, type Instant } from '../../domain/instant.ts'
import { ok } from '../../domain/result.ts'
import { type UsageReader, WITHHELD_CODES, type WithheldAnswer } from '../../review/usage-of-service.ts'
import type { Database } from './database.ts'
import { cursorOf, parseCursor } from './search-records.ts'
import { readUsageOfService } from './usage-of-service.ts'
import { readUseOfAgreements } from './use-of-agreements.ts'

/** An officer waits for the answer, and holds one connection of the office's pool until then. */
const MOST_MILLIS = 60_000
const DAY_MICROS = 86_400_000_000

interface Row extends WithheldAnswer {
  readonly laneId: number
  readonly index: number
}

// A record is filed under the day of its batch, its own or the next.
const WITHHELD = `
SELECT exchange_id AS exchange, (extract(epoch FROM at) * 1000000)::bigint AS at, consumer, agreement, operation, code,
  lane AS "laneId", index
FROM record_search
WHERE service = $1 AND code = ANY ($2) AND at >= $3 AND at < $4 AND day BETWEEN $5 AND $6
  AND ($7::timestamptz IS NULL OR (at, lane, index) < ($7, $8::integer, $9::bigint))
ORDER BY at DESC, lane DESC, index DESC LIMIT $10`

/** The search index, as the office asks it. */
export const usageReader = (database: Database): UsageReader => ({
  usage: (service, from, to) => readUsageOfService(database, service, from, to, MOST_MILLIS),
  useOfAgreements: since => readUseOfAgreements(database, since, MOST_MILLIS),
  async withheld(service, from, to, limit, cursor) {
    const after = cursor === null ? ok(null) : parseCursor(cursor)
    if (!after.ok) return after
    const [at, lane, index] = after.value ?? [null, null, null]
    const days = [dayOf(from), dayOf((to + DAY_MICROS) as Instant)]
    const behind = [at === null ? null : formatInstant(at as Instant), lane, index]
    const { rows } = await database.pool.query<Row>(WITHHELD, [
      service,
      WITHHELD_CODES,
      formatInstant(from),
      formatInstant(to),
      ...days,
      ...behind,
      limit + 1,
    ])
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return ok({
      answers: page.map(({ laneId: _, index: __, ...answer }) => answer),
      cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
    })
  },
})
