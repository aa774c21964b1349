import { Client, type QueryArrayConfig, type QueryConfig, type QueryResult } from 'pg'
import { connectionTo } from './database.ts'

/** A commit takes milliseconds; after 5 s the database is told to give up, after 10 s it is taken for unreachable. */
const STATEMENT_MILLIS = 5_000
const ANSWER_MILLIS = 10_000
/** How long the database may take to end the session of a commit in doubt. */
const END_MILLIS = 5_000

/** The database said something beside the result, for example that it stopped waiting for a synchronous standby. */
export class NoticeAtCommit extends Error {
  override readonly name = 'NoticeAtCommit'
}

/**
 * One connection that serves one lane, made anew after a loss.
 * Before anything is asked on a new connection, the session of the lost one is ended in the database: else a statement
 * still on its way there could happen after we had looked and found that it had not.
 */
export class LaneConnection {
  readonly #url: string
  readonly #name: string
  #client: Client | null = null
  #session: number | null = null
  #notices: string[] = []

  /** `name`: application_name, at most 63 bytes; no two lanes share one. */
  constructor(url: string, name: string) {
    this.#url = url
    this.#name = name
  }

  /** Runs one query. A rejection, or a notice where `strict`, costs the connection. */
  async query<Row extends object>(query: QueryConfig, strict: boolean): Promise<QueryResult<Row>> {
    const client = this.#client ?? (await this.#connect())
    this.#notices = []
    try {
      const result = await client.query<Row>(query)
      if (strict && this.#notices.length > 0) throw new NoticeAtCommit(this.#notices.join('; '))
      return result
    } catch (error) {
      this.#drop(client)
      throw error
    }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    this.#session = null
    await client?.end()
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      ...connectionTo(this.#url, this.#name),
      statement_timeout: STATEMENT_MILLIS,
      query_timeout: ANSWER_MILLIS,
      // The commit is always the same statement: planned once, not from the values of each batch.
      options: '-c plan_cache_mode=force_generic_plan',
    })
    client.on('notice', notice => this.#notices.push(notice.message ?? 'notice'))
    client.on('error', () => this.#drop(client))
    try {
      await client.connect()
      await this.#endLostSession(client)
      this.#session = await sessionOf(client)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    this.#client = client
    return client
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = null
    void client.end().catch(() => undefined)
  }

  async #endLostSession(client: Client): Promise<void> {
    if (this.#session === null) return
    const { rows } = await client.query<{ ended: boolean }>({
      text: `SELECT pg_terminate_backend(pid, $3) AS ended FROM pg_stat_activity
             WHERE pid = $1 AND application_name = $2 AND pid <> pg_backend_pid()`,
      values: [this.#session, this.#name, END_MILLIS],
    } satisfies QueryConfig | QueryArrayConfig)
    if (rows.some(({ ended }) => !ended))
      throw new Error(`the database did not end session ${this.#session} of ${this.#name}`)
    this.#session = null
  }
}

async function sessionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid ?? 0
}
