import { dayOf, formatInstant, type Instant } from '../../domain/instant.ts'
import type { Use } from '../../review/find-unused.ts'
import type { UseOfAgreements } from '../../review/usage-of-service.ts'
import type { Database } from './database.ts'

// A record is filed under the day of its batch, its own or the next: partitions of earlier months need not be read.
const USES = `
SELECT agreement, service, operation, count(*) AS count FROM record_search
WHERE kind = 'request' AND at >= $1 AND day >= $2 AND agreement IS NOT NULL AND service IS NOT NULL AND operation IS NOT NULL
GROUP BY agreement, service, operation`

const OLDEST = 'SELECT (extract(epoch FROM min(at)) * 1000000)::bigint AS oldest FROM record_search'

const BEHIND = `
SELECT coalesce(sum(lane.size - coalesce(follower.next, 0)), 0)::bigint AS behind
FROM lane LEFT JOIN follower ON follower.lane = lane.id WHERE kind = 'data'`

/**
 * What was permitted since some time, counted by the search index, as of one moment. A year of a ministry's records takes longer than
 * the pool allows its other queries: `millis` instead, 0 as long as it takes.
 */
export async function readUseOfAgreements(database: Database, since: Instant, millis = 0): Promise<UseOfAgreements> {
  const client = await database.pool.connect()
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`SET LOCAL statement_timeout = ${Math.trunc(millis)}`)
    const { rows: uses } = await client.query<Use>(USES, [formatInstant(since), dayOf(since)])
    const oldest = await client.query<{ oldest: Instant | null }>(OLDEST)
    const behind = await client.query<{ behind: number }>(BEHIND)
    await client.query('COMMIT')
    client.release()
    return { uses, oldest: oldest.rows[0]?.oldest ?? null, behind: behind.rows[0]?.behind ?? 0 }
  } catch (error) {
    client.release(true)
    throw error
  }
}
