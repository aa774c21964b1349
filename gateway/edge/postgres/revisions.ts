import type { ClientBase, Pool } from 'pg'
import type { Digest } from '../../domain/digest.ts'
import type { Database } from './database.ts'

export interface StoredRevision {
  readonly number: number
  readonly digest: Digest
  /** Null for the genesis only. */
  readonly previous: Digest | null
  /** The signed text. What reads it checks it: the store promises nothing about it but the chain. */
  readonly content: string
  /** Of a genesis that came out of a ceremony: what its officers signed. Null else. */
  readonly signatures: readonly string[] | null
  readonly createdAt: Date
}

/** The newest revision's number; -1 where not even the genesis is stored. */
export async function newestRevision(database: Database): Promise<number> {
  const { rows } = await database.pool.query<{ newest: number | null }>('SELECT max(number) AS newest FROM revision')
  return rows[0]?.newest ?? -1
}

const COLUMNS = 'number, digest, previous, content, signatures, created_at AS "createdAt"'

export async function readRevision(database: Database, number: number): Promise<StoredRevision | null> {
  const { rows } = await database.pool.query<StoredRevision>(`SELECT ${COLUMNS} FROM revision WHERE number = $1`, [
    number,
  ])
  return rows[0] ?? null
}

/** Revisions [from, to], in order, at most `limit` of them. */
export async function readRevisions(
  database: Database,
  from: number,
  to: number,
  limit = 100,
): Promise<readonly StoredRevision[]> {
  const { rows } = await database.pool.query<StoredRevision>(
    `SELECT ${COLUMNS} FROM revision WHERE number BETWEEN $1 AND $2 ORDER BY number LIMIT $3`,
    [from, to, limit],
  )
  return rows
}

/** `taken`: somebody else made this number first. `not-next`: the predecessor is not stored or has another digest. */
export type Inserted = 'inserted' | 'taken' | 'not-next'

type NewRevision = Pick<StoredRevision, 'number' | 'digest' | 'previous' | 'content'> &
  Partial<Pick<StoredRevision, 'signatures'>>

/**
 * Adds the next revision; the database itself keeps the chain. Durable once resolved, and announced to all listeners.
 * A rejection means in doubt: read the number again.
 */
export async function insertRevision(database: Database, revision: NewRevision): Promise<Inserted> {
  return insertRevisionIn(database.pool, revision)
}

/** The same inside a transaction of the caller's, which has to be given up where the answer is another than `inserted`. */
export async function insertRevisionIn(
  client: ClientBase | Pool,
  { number, digest, previous, content, signatures = null }: NewRevision,
): Promise<Inserted> {
  try {
    await client.query(
      `WITH durably AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true))
       INSERT INTO revision (number, digest, previous, content, signatures) SELECT $1, $2, $3, $4, $5 FROM durably`,
      [number, digest, previous, content, signatures],
    )
    return 'inserted'
  } catch (error) {
    const { code } = error as { code?: string }
    const refusal = code === undefined ? undefined : REFUSALS[code]
    if (refusal === undefined) throw error
    return refusal
  }
}

/** unique_violation; foreign_key_violation and check_violation (a genesis with, or another without, a predecessor). */
const REFUSALS: Readonly<Record<string, Inserted>> = { '23505': 'taken', '23503': 'not-next', '23514': 'not-next' }
