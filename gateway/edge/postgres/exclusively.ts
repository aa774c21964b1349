import type { Database } from './database.ts'

/**
 * Does the work unless somebody else who shares this database is at it; undefined: somebody is. The lock belongs to a connection, so
 * that it ends with the process that has it.
 */
export async function exclusively<T>(database: Database, name: string, work: () => Promise<T>): Promise<T | undefined> {
  const client = await database.pool.connect()
  let broken: Error | undefined
  try {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS mine', [name])
    if (rows[0]?.mine !== true) return undefined
    try {
      return await work()
    } finally {
      await client.query('SELECT pg_advisory_unlock(hashtext($1))', [name]).catch((error: Error) => (broken = error))
    }
  } finally {
    // A connection that kept the lock goes, and the lock with it.
    client.release(broken)
  }
}
