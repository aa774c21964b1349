import { type Digest, digestOf } from '../../domain/digest.ts'
import type { Database } from './database.ts'

/** What became of witnesses' refusals. `recorded`: the control lane holds the subject. Bodies are attacker-controlled. */
export interface WitnessEvent {
  readonly id: number
  readonly kind: 'conflict' | 'recovery' | 'signature' | 'recorded'
  readonly subject: Digest
  readonly body: string
}

/** Refusals are rare: more than a handful of events is somebody's doing, and the newest count. */
const MOST_EVENTS = 1_000

/** All events, in order. */
export async function readWitnessEvents({ pool }: Database): Promise<readonly WitnessEvent[]> {
  // Of each kind: nobody pushes a conflict out of sight with something else.
  const text = `SELECT id, kind, subject, body FROM (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY id DESC) AS nth FROM witness_event
  ) numbered WHERE nth <= $1 ORDER BY id`
  const { rows } = await pool.query<WitnessEvent>({ name: 'witness events', text, values: [MOST_EVENTS] })
  return rows
}

/** Once: the same event a second time changes nothing. */
async function insert({ pool }: Database, { kind, subject, body }: Omit<WitnessEvent, 'id'>): Promise<void> {
  const text = 'INSERT INTO witness_event (kind, subject, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING'
  await pool.query(text, [kind, subject, body])
}

export const insertConflict = (database: Database, text: string): Promise<void> =>
  insert(database, { kind: 'conflict', subject: digestOf(text), body: text })

export const insertRecovery = (database: Database, text: string): Promise<void> =>
  insert(database, { kind: 'recovery', subject: digestOf(text), body: text })

export const insertRecoverySignature = (database: Database, recovery: Digest, jws: string): Promise<void> =>
  insert(database, { kind: 'signature', subject: recovery, body: jws })

export const insertRecorded = (database: Database, subject: Digest): Promise<void> =>
  insert(database, { kind: 'recorded', subject, body: '' })
