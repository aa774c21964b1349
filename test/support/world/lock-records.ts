import { Client as Postgres } from 'pg'

/** Holds every insert back, as a stuck disk would. Resolves to what lets them go. */
export async function lockRecords(adminUrl: string): Promise<() => Promise<void>> {
  const client = new Postgres({ connectionString: adminUrl })
  await client.connect()
  await client.query('BEGIN; LOCK TABLE record IN ACCESS EXCLUSIVE MODE')
  return async () => {
    await client.query('ROLLBACK')
    await client.end()
  }
}
