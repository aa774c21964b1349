import type { ClientBase } from 'pg'
import type { Instant } from '../../domain/instant.ts'
import type { AlertEvent } from '../../record/control-record.ts'
import type { Alert, AlertPage, AlertQuery, AlertStore } from '../../review/alerts/alert-store.ts'
import type { Database } from './database.ts'
import { durably } from './durably.ts'

const COLUMNS = `id, rule, subject, detail, raised_at AS "raisedAt", ended_at AS "endedAt", review, officers,
  reminded_at AS "remindedAt", reviewed_at AS "reviewedAt", reviewer, note`

const STATES = {
  open: 'ended_at IS NULL',
  unreviewed: "review = 'needed' AND reviewed_at IS NULL",
  ended: 'ended_at IS NOT NULL',
  all: 'true',
} as const satisfies Record<AlertQuery['state'], string>

/** Alerts in PostgreSQL. Each step and its event on the way to the control lane are one transaction. */
export function alertStore(database: Database): AlertStore {
  const select = async (where: string, values: readonly unknown[]): Promise<readonly Alert[]> =>
    (await database.pool.query<Alert>(`SELECT ${COLUMNS} FROM alert WHERE ${where}`, [...values])).rows

  const step = (
    alert: Alert,
    event: AlertEvent['event'],
    at: Instant,
    sql: string,
    values: unknown[],
    who = null as AlertEvent['officer'],
    detail = alert.detail,
  ) =>
    durably(database, async client => {
      const { rowCount } = await client.query(sql, [alert.id, ...values])
      if (rowCount !== 1) return false
      await tell(client, { event, alert: alert.id, rule: alert.rule, subject: alert.subject, detail, officer: who }, at)
      return true
    })

  return {
    pending: () => select(`${STATES.open} OR (${STATES.unreviewed}) ORDER BY id`, []),

    async list({ state, cursor, limit }): Promise<AlertPage> {
      const where = `(${STATES[state]}) AND ($1::text IS NULL OR id < $1) ORDER BY id DESC LIMIT $2`
      const alerts = await select(where, [cursor, limit + 1])
      const page = alerts.slice(0, limit)
      return { alerts: page, cursor: alerts.length > limit ? (page.at(-1)?.id ?? null) : null }
    },

    read: async id => (await select('id = $1', [id]))[0] ?? null,

    raise: (id, { rule, subject, detail, officers = [] }, { review, isOnce }, at) =>
      durably(database, async client => {
        const { rowCount } = await client.query(
          `INSERT INTO alert (id, rule, subject, detail, raised_at, review, officers) SELECT $1, $2, $3, $4, $5, $6, $7
           WHERE NOT ($8 AND EXISTS (SELECT FROM alert WHERE rule = $2 AND subject = $3)) ON CONFLICT DO NOTHING`,
          [id, rule, subject, detail, at, review, officers, isOnce],
        )
        if (rowCount !== 1) return false
        await tell(client, { event: 'raised', alert: id, rule, subject, detail, officer: null }, at)
        return true
      }),

    end: async (alert, at) =>
      void (await step(alert, 'ended', at, 'UPDATE alert SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL', [at])),

    // Not recorded again as raised: the reminder is one of the same alert, and stands in the log of operations.
    async remind(alert, at) {
      await database.pool.query('UPDATE alert SET reminded_at = $2 WHERE id = $1', [alert.id, at])
    },

    review: (alert, officer, note, at) =>
      step(
        alert,
        'reviewed',
        at,
        'UPDATE alert SET reviewed_at = $2, reviewer = $3, note = $4 WHERE id = $1 AND reviewed_at IS NULL',
        [at, officer, note],
        officer,
        note,
      ),
  }
}

/** Last in its transaction: events are numbered in the order of their commits. */
async function tell(client: ClientBase, event: AlertEvent, at: Instant): Promise<void> {
  await client.query('INSERT INTO officer_event (event) VALUES ($1)', [
    JSON.stringify({ kind: 'alert', ...event, actedAt: at }),
  ])
}

export interface StoredReport {
  readonly process: string
  /** As the process wrote it: attacker-controlled. */
  readonly body: string
}

/** A report older than this is of a process that has gone, or cannot be heard. */
const HEARD_SECONDS = 30

/** Hangs this process's report on the board, in the place of the one before. */
export async function writeProcessReport(database: Database, { process, body }: StoredReport): Promise<void> {
  await database.pool.query({
    name: 'process report',
    text: `INSERT INTO process_report (process, body) VALUES ($1, $2)
           ON CONFLICT (process) DO UPDATE SET at = clock_timestamp(), body = excluded.body`,
    values: [process, body],
  })
}

/** The reports of all processes that were heard of lately, this one's too. By the database's clock. */
export async function readProcessReports(database: Database): Promise<readonly StoredReport[]> {
  const text = `SELECT process, body FROM process_report WHERE at > clock_timestamp() - interval '${HEARD_SECONDS} seconds' ORDER BY process LIMIT 200`
  return (await database.pool.query<StoredReport>({ name: 'process reports', text })).rows
}

/** Takes down the reports of processes that have gone. */
export async function sweepProcessReports(database: Database): Promise<void> {
  await database.pool.query("DELETE FROM process_report WHERE at < now() - interval '10 minutes'")
}
