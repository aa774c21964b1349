import type { ClientBase, Pool } from 'pg'
import type { WaitingEvent } from '../../control/ports.ts'
import type { OfficerEvent, ReadEvent } from '../../record/control-record.ts'
import type { Database } from './database.ts'
import { durably } from './durably.ts'

/** Adds an act, or a read of the log, to what is to be recorded. Last in its transaction: acts are numbered in the order of their commits. */
export async function insertOfficerEvent(client: ClientBase | Pool, event: OfficerEvent | ReadEvent): Promise<void> {
  await client.query('INSERT INTO officer_event (event) VALUES ($1)', [JSON.stringify(event)])
}

/**
 * Notes that the login of this connection reads the log; whoever cannot note it does not read. Durable once resolved. The database
 * itself says who it is, so that a login that may only read the log can add this and nothing else.
 */
export const noteRead = (database: Database, what: string): Promise<void> =>
  durably(database, async client => void (await client.query('SELECT note_read($1)', [plain(what)])))

/** Filters are texts of whoever asks. */
const plain = (what: string): string => what.replace(/[^\x20-\x7e]/g, '?').slice(0, 1000)

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
