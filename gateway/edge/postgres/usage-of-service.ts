import { dayOf, formatInstant, type Instant } from '../../domain/instant.ts'
import type { ServiceId } from '../../domain/service-id.ts'
import type { ServiceUse } from '../../review/usage-of-service.ts'
import type { Database } from './database.ts'

// A record is filed under the day of its batch, its own or the next. A request is not an end: its exchange has another record.
const USES = `
SELECT consumer, agreement, operation, kind, code, count(*) AS count FROM record_search
WHERE service = $1 AND at >= $2 AND at < $3 AND day >= $4 AND kind <> 'request'
GROUP BY consumer, agreement, operation, kind, code
ORDER BY count(*) DESC, consumer, agreement, operation, kind, code`

/**
 * Who used a service from one time until another (exclusive), as far as the search index has come. A year of a ministry's records
 * takes longer than the pool allows its other queries: `millis` instead, 0 as long as it takes.
 */
export async function readUsageOfService(
  database: Database,
  service: ServiceId,
  from: Instant,
  to: Instant,
  millis = 0,
): Promise<readonly ServiceUse[]> {
  const client = await database.pool.connect()
  try {
    await client.query('BEGIN READ ONLY')
    await client.query(`SET LOCAL statement_timeout = ${Math.trunc(millis)}`)
    const { rows } = await client.query<ServiceUse>(USES, [
      service,
      formatInstant(from),
      formatInstant(to),
      dayOf(from),
    ])
    await client.query('COMMIT')
    client.release()
    return rows
  } catch (error) {
    client.release(true)
    throw error
  }
}
