import { type ClientConfig, Pool, types } from 'pg'

/** A pool of connections to the gateway's database. */
export interface Database {
  readonly url: string
  readonly pool: Pool
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Shown in pg_stat_activity. */
  readonly name: string
  /** At most this many connections. */
  readonly connections?: number
  /** Idle connections that broke; the pool replaces them. */
  readonly onLost?: (error: Error) => void
}

/** No query of the pool runs longer: 30 s, so that a stuck one cannot hold a connection for ever. */
const STATEMENT_MILLIS = 30_000
const CONNECT_MILLIS = 5_000

/** Opens no connection yet. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const pool = new Pool({
    ...connectionTo(url, options.name),
    max: options.connections ?? 8,
    statement_timeout: STATEMENT_MILLIS,
  })
  pool.on('error', error => options.onLost?.(error))
  // The pool listens to idle connections only: one that is lost between two statements of a transaction would end the process. Its
  // next statement fails, which tells whoever has it.
  pool.on('connect', client => client.on('error', () => undefined))
  return { url, pool, close: () => pool.end() }
}

/** What every connection of ours has in common. */
export function connectionTo(url: string, name: string): ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_MILLIS,
    keepAlive: true,
    types: { getTypeParser },
  }
}

const BIGINT = 20
const DATE = 1082

/** bigint as a number (sizes and indexes stay below 2^53; what does not is an error), date as `2026-11-22`. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (format !== 'binary' && oid === BIGINT) return safeInteger
  if (format !== 'binary' && oid === DATE) return text => text
  return types.getTypeParser(oid, format) as (value: string) => unknown
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`)
  return value
}
