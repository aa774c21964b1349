import type { ClockLook } from '../../review/alerts/judge-clock.ts'
import type { Database } from './database.ts'

/** One look at the database's clock, between two at ours; milliseconds since 1970. Rejects where the database cannot be asked. */
export async function lookAtDatabaseClock(database: Database): Promise<ClockLook> {
  const client = await database.pool.connect()
  try {
    // Behind the wait for a connection, which would only blur the look.
    const asked = Date.now()
    const { rows } = await client.query<{ millis: number }>({
      name: 'clock',
      text: 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS millis',
    })
    return { asked, answered: Date.now(), theirs: rows[0]?.millis ?? Number.NaN }
  } finally {
    client.release()
  }
}
