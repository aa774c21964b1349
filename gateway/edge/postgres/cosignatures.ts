import type { Database } from './database.ts'

/** A witness's word on a checkpoint of the control lane, as stored: check it before it is believed. */
export interface StoredCosignature {
  readonly witness: string
  readonly size: number
  /** By the witness's clock: seconds since 1970. */
  readonly time: number
  /** Signed note of the control lane. */
  readonly checkpoint: string
  /** Signature line of the witness; behind `checkpoint` it makes the cosigned note. */
  readonly line: string
}

const COLUMNS = 'witness, size, time, checkpoint, line'

/** Only added to. */
export async function insertCosignature(
  { pool }: Database,
  { witness, size, time, checkpoint, line }: StoredCosignature,
): Promise<void> {
  const text = 'INSERT INTO cosignature (witness, size, time, checkpoint, line) VALUES ($1, $2, $3, $4, $5)'
  await pool.query({ name: 'cosignature', text, values: [witness, size, time, checkpoint, line] })
}

/** The newest word of each of these witnesses. */
export async function newestCosignatures(
  { pool }: Database,
  witnesses: readonly string[],
): Promise<readonly StoredCosignature[]> {
  const text = `SELECT newest.* FROM unnest($1::text[]) AS named (name), LATERAL (
    SELECT ${COLUMNS} FROM cosignature WHERE witness = named.name ORDER BY id DESC LIMIT 1) AS newest`
  return (await pool.query<StoredCosignature>({ name: 'newest cosignatures', text, values: [witnesses] })).rows
}

/** Every word on the checkpoint of exactly this size, the oldest first. */
export async function cosignaturesFor({ pool }: Database, size: number): Promise<readonly StoredCosignature[]> {
  const text = `SELECT ${COLUMNS} FROM cosignature WHERE size = $1 ORDER BY id`
  return (await pool.query<StoredCosignature>({ name: 'cosignatures', text, values: [size] })).rows
}

/**
 * The size of the first cosigned checkpoint that covers the first `size` leaves of the control lane, with words of at least `required`
 * witnesses; null: there is none yet. `cosignaturesFor` gives the words.
 */
export async function firstCosignedSize({ pool }: Database, size: number, required: number): Promise<number | null> {
  const text = `SELECT size FROM cosignature WHERE size >= $1 GROUP BY size HAVING count(DISTINCT witness) >= $2
    ORDER BY size LIMIT 1`
  const { rows } = await pool.query<{ size: number }>({ name: 'first cosigned', text, values: [size, required] })
  return rows[0]?.size ?? null
}

/** The newest `limit` words of all witnesses: for verification. */
export async function latestCosignatures(
  { pool }: Pick<Database, 'pool'>,
  limit: number,
): Promise<readonly StoredCosignature[]> {
  const text = `SELECT ${COLUMNS} FROM cosignature ORDER BY id DESC LIMIT $1`
  return (await pool.query<StoredCosignature>(text, [limit])).rows
}
