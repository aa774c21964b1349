import type { PoolClient } from 'pg'
import type { Database } from './database.ts'

/**
 * One transaction that is durable once this resolves, whatever the defaults of role and database are; rolled back where the work
 * throws. A rejection at COMMIT means in doubt.
 */
export async function durably<T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await database.pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    await client.query('SET LOCAL synchronous_commit = on')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (thrown) {
    await client.query('ROLLBACK').catch((error: Error) => (broken = error))
    throw thrown
  } finally {
    // A connection in an unknown state goes.
    client.release(broken)
  }
}
