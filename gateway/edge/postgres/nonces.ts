import type { Digest } from '../../domain/digest.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Nonces } from '../../exchange/ports.ts'
import type { Database } from './database.ts'

/** Keeps one statement short. */
const MAX_BATCH = 200
const SWEEP_MILLIS = 60_000
/** Rows deleted by one statement, so that a sweep never holds many locks. */
const MAX_SWEEP = 5_000
/** After this the database is taken for unreachable: a caller waits for the answer. */
const ANSWER_MILLIS = 10_000

/**
 * All nonces of a batch in one statement, which is one transaction. Sorted, so that two batches that share nonces wait for each
 * other in one order. What another transaction inserted, or is about to commit, comes back as not inserted.
 * `synchronous_commit` is set in the transaction itself: no default can weaken it.
 */
const TAKE = `
WITH taken AS (
  INSERT INTO nonce (digest, expires)
  SELECT decode(digest, 'hex'), to_timestamp(seconds) FROM unnest($1::text[], $2::float8[]) AS given (digest, seconds)
  ORDER BY digest
  ON CONFLICT (digest) DO NOTHING
  RETURNING digest
)
SELECT (SELECT coalesce(array_agg(encode(digest, 'hex')), '{}') FROM taken) AS taken,
       set_config('synchronous_commit', 'on', true)`

const SWEEP = `
DELETE FROM nonce WHERE digest IN (
  SELECT digest FROM nonce WHERE expires < now() - interval '10 minutes' LIMIT ${MAX_SWEEP}
)`

interface Waiting {
  readonly digest: Digest
  readonly expires: Instant
  resolve(outcome: 'fresh' | 'replayed'): void
  reject(thrown: unknown): void
}

/**
 * Nonces in PostgreSQL. What waits goes in one statement while the previous one is on its way. If one fails, all its nonces are in
 * doubt: each claim rejects, and a nonce that was stored all the same is lost to its caller, who signs anew.
 */
export class PostgresNonces implements Nonces {
  readonly #database: Database
  readonly #timer: NodeJS.Timeout
  #waiting: Waiting[] = []
  #taking: Promise<void> | null = null
  #sweeping: Promise<void> = Promise.resolve()

  /** `onFailure`: a sweep failed; the next one tries again. */
  constructor(database: Database, onFailure: (thrown: unknown) => void) {
    this.#database = database
    this.#timer = setInterval(() => {
      this.#sweeping = this.sweep().catch(onFailure)
    }, SWEEP_MILLIS).unref()
  }

  claim(digest: Digest, expires: Instant): Promise<'fresh' | 'replayed'> {
    const outcome = new Promise<'fresh' | 'replayed'>((resolve, reject) =>
      this.#waiting.push({ digest, expires, resolve, reject }),
    )
    this.#taking ??= this.#takeAll()
    return outcome
  }

  /** Deletes what is over. Rejects where the database fails. */
  async sweep(): Promise<void> {
    for (let deleted: number | null = MAX_SWEEP; deleted === MAX_SWEEP; )
      deleted = (await this.#database.pool.query(SWEEP)).rowCount
  }

  /** Claims under way are answered first. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#taking
    await this.#sweeping
  }

  async #takeAll(): Promise<void> {
    // One turn, so that claims of the same turn share the first statement.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH)
      this.#waiting = this.#waiting.slice(MAX_BATCH)
      await this.#take(batch)
    }
    this.#taking = null
  }

  async #take(batch: readonly Waiting[]): Promise<void> {
    // Of two claims of one nonce in a batch the first may win; the other cannot.
    const first = new Map<Digest, Waiting>()
    for (const waiting of batch) if (!first.has(waiting.digest)) first.set(waiting.digest, waiting)
    try {
      const taken = await this.#insert([...first.values()])
      for (const waiting of batch)
        waiting.resolve(first.get(waiting.digest) === waiting && taken.has(waiting.digest) ? 'fresh' : 'replayed')
    } catch (thrown) {
      for (const waiting of batch) waiting.reject(thrown)
    }
  }

  async #insert(nonces: readonly Waiting[]): Promise<ReadonlySet<string>> {
    const query = {
      name: 'nonces',
      text: TAKE,
      values: [nonces.map(({ digest }) => digest), nonces.map(({ expires }) => expires / 1e6)],
      query_timeout: ANSWER_MILLIS,
    }
    const { rows } = await this.#database.pool.query<{ taken: string[] }>(query)
    const [row] = rows
    if (row === undefined) throw new Error('the nonces returned no row')
    return new Set(row.taken)
  }
}
