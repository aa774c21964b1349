import { Client } from 'pg'

/** What PostgreSQL has counted so far. */
export interface DatabaseFigures {
  readonly records: number
  readonly leafBytes: number
  readonly walBytes: number
  readonly walRecords: number
  readonly fullPages: number
  readonly transactions: number
  readonly rowsInserted: number
  readonly rowsUpdated: number
}

const FIGURES = `
SELECT (SELECT count(*) FROM record) AS "records",
       (SELECT coalesce(sum(length(leaf)), 0) FROM record) AS "leafBytes",
       wal_bytes AS "walBytes", wal_records AS "walRecords", wal_fpi AS "fullPages",
       xact_commit AS "transactions", tup_inserted AS "rowsInserted", tup_updated AS "rowsUpdated"
FROM pg_stat_wal, pg_stat_database WHERE datname = current_database()`

/** Records that the search index does not hold yet. */
const BACKLOG = `
SELECT coalesce(sum(size - coalesce(follower.next, 0)), 0) AS backlog
FROM lane LEFT JOIN follower ON follower.lane = lane.id`

/** A look into the subject's database, for what only PostgreSQL knows. */
export class DatabaseProbe {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  static async open(adminUrl: string): Promise<DatabaseProbe> {
    const client = new Client({ connectionString: adminUrl, application_name: 'bench' })
    // At the end the subject stops its server under us.
    client.on('error', () => undefined)
    await client.connect()
    return new DatabaseProbe(client)
  }

  /** Counters of other sessions arrive at most a second late unless they end: the caller waits where it matters. */
  async figures(): Promise<DatabaseFigures> {
    const { rows } = await this.#client.query<Record<string, string>>(FIGURES)
    return figuresOf(name => Number(rows[0]?.[name] ?? 0))
  }

  async backlog(): Promise<number> {
    const { rows } = await this.#client.query<{ backlog: string }>(BACKLOG)
    return Number(rows[0]?.backlog ?? 0)
  }

  /** What each server process is for, by its number: the gateway names its connections. */
  async sessions(): Promise<ReadonlyMap<number, string>> {
    const { rows } = await this.#client.query<{ pid: number; name: string; type: string }>(
      'SELECT pid, application_name AS name, backend_type AS type FROM pg_stat_activity',
    )
    return new Map(rows.map(({ pid, name, type }) => [pid, type === 'client backend' ? name : type]))
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }
}

const figuresOf = (value: (name: keyof DatabaseFigures) => number): DatabaseFigures => ({
  records: value('records'),
  leafBytes: value('leafBytes'),
  walBytes: value('walBytes'),
  walRecords: value('walRecords'),
  fullPages: value('fullPages'),
  transactions: value('transactions'),
  rowsInserted: value('rowsInserted'),
  rowsUpdated: value('rowsUpdated'),
})

/** What was counted between two looks, for each of `exchanges`. */
export const figuresEach = (before: DatabaseFigures, after: DatabaseFigures, exchanges: number): DatabaseFigures =>
  figuresOf(name => (after[name] - before[name]) / exchanges)
