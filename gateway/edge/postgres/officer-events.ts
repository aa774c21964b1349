import type { ClientBase, Pool } from 'pg'
import type { WaitingEvent } from '../../control/ports.ts'
import type { OfficerEvent } from '../../record/control-record.ts'
import type { Database } from './database.ts'

/** Adds an act to what is to be recorded. Last in its transaction: acts are numbered in the order of their commits. */
export async function insertOfficerEvent(client: ClientBase | Pool, event: OfficerEvent): Promise<void> {
  await client.query('INSERT INTO officer_event (event) VALUES ($1)', [JSON.stringify(event)])
}

/** Acts behind this number, in order. None comes later with a number below one that was read. */
export async function readOfficerEvents(
  database: Database,
  behind: number,
  limit: number,
): Promise<readonly WaitingEvent[]> {
  const { rows } = await database.pool.query<WaitingEvent>(
    'SELECT number, event AS text FROM officer_event WHERE number > $1 ORDER BY number LIMIT $2',
    [behind, limit],
  )
  return rows
}
