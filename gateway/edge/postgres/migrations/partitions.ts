import type { ClientBase } from 'pg'
import { MAINTENANCE_ROLE } from './roles.ts'

const PARTITIONED = ['record', 'record_search'] as const
type Partitioned = (typeof PARTITIONED)[number]

/** This month and two ahead: maintenance may fail for two months before a write misses its partition. */
const MONTHS_AHEAD = 2

export interface PartitionsEnsured {
  /** Partitions made, `record_2026_11`. */
  readonly created: readonly string[]
  /** Partitions made of rows that had fallen into a default partition. Not empty means: maintenance had not run; alert. */
  readonly adopted: readonly string[]
}

/**
 * Makes the monthly partitions of this month and of two months ahead. Idempotent; needs the maintenance role or above.
 *
 * A default partition catches rows of a month that has none: stopping every exchange of the ministry at midnight because
 * a maintenance job was forgotten would be worse. But its rows cannot be dropped by month, so they are a fault to be
 * alerted: they are adopted here as a partition of their own, without copying. Locks wait at most 3 s, and the whole is
 * one transaction: whatever fails leaves things as they were, and the next run tries again.
 */
export async function ensurePartitions(client: ClientBase, now: Date): Promise<PartitionsEnsured> {
  const created: string[] = []
  const adopted: string[] = []
  await client.query('BEGIN')
  try {
    await client.query("SET LOCAL lock_timeout = '3s'")
    // One maker at a time, also against other processes of maintenance.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('lienthong partitions'))")
    for (const table of PARTITIONED) {
      const rescued = await adoptDefault(client, table)
      if (rescued !== null) adopted.push(rescued)
      for (const month of monthsFrom(now)) {
        if (await isCovered(client, table, month)) continue
        await addPartition(client, table, nameOf(table, month), month, monthAfter(month))
        created.push(nameOf(table, month))
      }
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
  return { created, adopted }
}

/** First days of months, `2026-11-01`. */
type Month = string

const firstDay = (year: number, month: number): Month => new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)
const monthAfter = (month: Month): Month => firstDay(Number(month.slice(0, 4)), Number(month.slice(5, 7)))
const nameOf = (table: Partitioned, month: Month) => `${table}_${month.slice(0, 7).replace('-', '_')}`

function monthsFrom(now: Date): readonly Month[] {
  return Array.from({ length: MONTHS_AHEAD + 1 }, (_, ahead) =>
    firstDay(now.getUTCFullYear(), now.getUTCMonth() + ahead),
  )
}

/** By bounds, not by name: an adopted partition can span several months. */
async function isCovered(client: ClientBase, table: Partitioned, month: Month): Promise<boolean> {
  const { rows } = await client.query<{ bounds: string }>(
    `SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = $1::regclass`,
    [table],
  )
  return rows.some(({ bounds }) => {
    const [, from, to] = /FROM \('([\d-]+)'\) TO \('([\d-]+)'\)/.exec(bounds) ?? []
    return from !== undefined && to !== undefined && from <= month && month < to
  })
}

/**
 * Made beside and then attached: unlike CREATE TABLE … PARTITION OF, that does not lock the table against the writers.
 * Default privileges give nobody a right on the partition itself: it is reached through its table only.
 */
async function addPartition(
  client: ClientBase,
  table: Partitioned,
  name: string,
  from: Month,
  to: Month,
): Promise<void> {
  await client.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL)`)
  await handOver(client, name)
  // Tells ATTACH that the bounds hold, so that it need not read the rows.
  await client.query(`ALTER TABLE ${name} ADD CONSTRAINT bounds CHECK (day >= '${from}' AND day < '${to}')`)
  await client.query(`ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`)
  await client.query(`ALTER TABLE ${name} DROP CONSTRAINT bounds`)
}

async function handOver(client: ClientBase, name: string): Promise<void> {
  await client.query(`ALTER TABLE ${name} OWNER TO ${MAINTENANCE_ROLE}`)
  await client.query(`REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${name} FROM ${MAINTENANCE_ROLE}`)
}

/** Turns a default partition that holds rows into the partition of their months; its name, or null where it is empty. */
async function adoptDefault(client: ClientBase, table: Partitioned): Promise<string | null> {
  const { rows } = await client.query<{ from: string | null; last: string | null }>(
    `SELECT to_char(date_trunc('month', min(day)), 'YYYY-MM-DD') AS from,
            to_char(date_trunc('month', max(day)), 'YYYY-MM-DD') AS last FROM ${table}_default`,
  )
  const { from = null, last = null } = rows[0] ?? {}
  if (from === null || last === null) return null
  const name = from === last ? nameOf(table, from) : `${nameOf(table, from)}_${last.slice(0, 7).replace('-', '_')}`
  await client.query(`ALTER TABLE ${table} DETACH PARTITION ${table}_default`)
  await client.query(`ALTER TABLE ${table}_default RENAME TO ${name}`)
  await client.query(
    `ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${monthAfter(last)}')`,
  )
  await client.query(`CREATE TABLE ${table}_default PARTITION OF ${table} DEFAULT`)
  await handOver(client, `${table}_default`)
  return name
}
