import { dayOf, instantOfMillis } from '../../domain/instant.ts'
import type { AgreementId } from '../../domain/purpose.ts'
import type { VolumeLedger } from '../limits.ts'
import type { Database } from './database.ts'

const FLUSH_MILLIS = 1_000
const DAY_MILLIS = 86_400_000

/**
 * Volumes over all processes, written and read once a second: a crash forgets what this process counted in its last second, and
 * processes know of each other a second late.
 */
export class PostgresVolumes implements VolumeLedger {
  readonly #database: Database
  readonly #process: string
  readonly #onFailure: (thrown: unknown) => void
  /** Counted by this process, by day and agreement. */
  readonly #own = new Map<string, Map<AgreementId, number>>()
  #others = new Map<string, number>()
  readonly #changed = new Set<string>()
  readonly #timer: NodeJS.Timeout
  #exchanging: Promise<void> = Promise.resolve()

  /** `process`: unique among all that share the database. */
  constructor(database: Database, process: string, onFailure: (thrown: unknown) => void) {
    this.#database = database
    this.#process = process
    this.#onFailure = onFailure
    this.#timer = setInterval(() => void this.exchange().catch(onFailure), FLUSH_MILLIS).unref()
  }

  used(agreement: AgreementId, day: string): number {
    return (this.#own.get(day)?.get(agreement) ?? 0) + (this.#others.get(`${day} ${agreement}`) ?? 0)
  }

  add(agreement: AgreementId, day: string, bytes: number): void {
    const own = this.#own.get(day) ?? new Map<AgreementId, number>()
    this.#own.set(day, own)
    own.set(agreement, (own.get(agreement) ?? 0) + bytes)
    this.#changed.add(`${day} ${agreement}`)
  }

  /** Writes what changed and reads what the others wrote, one after the other. Rejects where the database fails; nothing is lost. */
  exchange(): Promise<void> {
    this.#exchanging = this.#exchanging.catch(() => undefined).then(() => this.#exchangeOnce())
    return this.#exchanging
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.exchange().catch(this.#onFailure)
  }

  async #exchangeOnce(): Promise<void> {
    const changed = [...this.#changed]
    this.#changed.clear()
    try {
      if (changed.length > 0) await this.#write(changed)
      await this.#read()
    } catch (thrown) {
      for (const key of changed) this.#changed.add(key)
      throw thrown
    }
  }

  async #write(keys: readonly string[]): Promise<void> {
    const rows = keys.map(key => [key.slice(0, 10), key.slice(11)] as const)
    await this.#database.pool.query(
      `INSERT INTO volume (day, agreement, process, bytes)
       SELECT day, agreement, $1, bytes FROM unnest($2::date[], $3::text[], $4::bigint[]) AS given (day, agreement, bytes)
       ON CONFLICT (day, agreement, process) DO UPDATE SET bytes = excluded.bytes`,
      [
        this.#process,
        rows.map(([day]) => day),
        rows.map(([, agreement]) => agreement),
        rows.map(([day, agreement]) => this.#own.get(day)?.get(agreement as AgreementId) ?? 0),
      ],
    )
  }

  async #read(): Promise<void> {
    const yesterday = dayOf(instantOfMillis(Date.now() - DAY_MILLIS))
    const { rows } = await this.#database.pool.query<{ day: string; agreement: string; bytes: number }>(
      `SELECT day, agreement, sum(bytes)::bigint AS bytes FROM volume WHERE day >= $1 AND process <> $2 GROUP BY day, agreement`,
      [yesterday, this.#process],
    )
    this.#others = new Map(rows.map(({ day, agreement, bytes }) => [`${day} ${agreement}`, bytes]))
    for (const day of this.#own.keys()) if (day < yesterday) this.#own.delete(day)
  }
}
