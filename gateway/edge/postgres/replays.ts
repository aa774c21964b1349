import type { Edit } from '../../configuration/edits.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import type { Digest } from '../../domain/digest.ts'
import type {
  DifferencePage,
  ReplayAttempt,
  ReplayCandidate,
  ReplayEnd,
  ReplayId,
  ReplayRequest,
  ReplayStore,
  ReplayWork,
  StoredReplay,
} from '../../review/replay-store.ts'
import type { ReplayReport } from '../../review/replay-tally.ts'
import type { Database } from './database.ts'
import { durably } from './durably.ts'

/** Behind this many begun and not ended, it is the replay that ends its process. */
const MOST_ATTEMPTS = 5
/** A process that is at it tells so every few seconds. */
const DEAD_AFTER = "interval '30 seconds'"

/** All rows of a replay hold this many, but its last one. */
export const DIFFERENCES_A_ROW = 200

interface Row {
  readonly id: ReplayId
  readonly officer: StoredReplay['officer']
  readonly change: ChangeId | null
  readonly digest: Digest | null
  readonly edits: string | null
  readonly from: StoredReplay['from']
  readonly to: StoredReplay['to']
  readonly createdAt: StoredReplay['createdAt']
  readonly state: StoredReplay['state']
  readonly attempt: number
  readonly read: number
  readonly size: number | null
  readonly revision: number | null
  readonly kept: number
  readonly report: string | null
}

const SELECT = `
SELECT id, officer, change, digest, edits, from_at AS "from", to_at AS "to", created_at AS "createdAt",
  state, attempt, read, size, revision, differences AS kept, report
FROM replay JOIN replay_progress ON replay = id`

/** Replays in PostgreSQL: what was asked for, one row that says how far it has come, and the differences. */
export class PostgresReplays implements ReplayStore, ReplayWork {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async insert({ id, officer, candidate, from, to, createdAt }: ReplayRequest): Promise<void> {
    const { change = null, digest = null, edits = null } = membersOf(candidate)
    await durably(this.#database, async client => {
      const { rowCount } = await client.query(
        `INSERT INTO replay (id, officer, change, digest, edits, from_at, to_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
        [id, officer, change, digest, edits && JSON.stringify(edits), from, to, createdAt],
      )
      if (rowCount === 1) await client.query("INSERT INTO replay_progress (replay, state) VALUES ($1, 'waiting')", [id])
    })
  }

  async read(id: ReplayId): Promise<StoredReplay | null> {
    const { rows } = await this.#database.pool.query<Row>(`${SELECT} WHERE id = $1`, [id])
    return rows[0] ? replayOf(rows[0]) : null
  }

  async ofProposal(change: ChangeId, digest: Digest): Promise<StoredReplay | null> {
    const { rows } = await this.#database.pool.query<Row>(
      `${SELECT} WHERE change = $1 AND digest = $2 AND officer IS NULL`,
      [change, digest],
    )
    return rows[0] ? replayOf(rows[0]) : null
  }

  async countOpen(): Promise<number> {
    const { rows } = await this.#database.pool.query<{ open: number }>(
      `SELECT count(*) AS open FROM replay_progress JOIN replay ON replay = id
       WHERE state IN ('waiting', 'running') AND officer IS NOT NULL`,
    )
    return rows[0]?.open ?? 0
  }

  cancel(id: ReplayId): Promise<boolean> {
    return this.#update("state = 'cancelled'", "replay = $1 AND state IN ('waiting', 'running')", [id])
  }

  async differences({ id, attempt }: ReplayAttempt, from: number, limit: number): Promise<DifferencePage> {
    const { rows } = await this.#database.pool.query<{ first: number; lines: string }>(
      `SELECT first, lines FROM replay_difference
       WHERE replay = $1 AND attempt = $2 AND first + count > $3 ORDER BY first LIMIT $4`,
      // The first one may begin before `from`, and the last one may be short.
      [id, attempt, from, Math.ceil((limit + 1) / DIFFERENCES_A_ROW) + 2],
    )
    const lines: string[] = []
    for (const { first, lines: text } of rows)
      for (const [n, line] of text.split('\n').entries())
        if (first + n >= from && lines.length <= limit) lines.push(line)
    return { lines: lines.slice(0, limit), cursor: lines.length > limit ? from + limit : null }
  }

  async claim(): Promise<StoredReplay | null> {
    const { rows } = await this.#database.pool.query<{ id: ReplayId; attempt: number }>(
      `UPDATE replay_progress SET state = CASE WHEN attempt < ${MOST_ATTEMPTS} THEN 'running' ELSE 'failed' END,
         attempt = attempt + 1, beat = now(), read = 0, differences = 0
       WHERE replay = (
         SELECT replay FROM replay_progress JOIN replay ON replay = id
         WHERE state = 'waiting' OR (state = 'running' AND beat < now() - ${DEAD_AFTER})
         ORDER BY officer IS NULL, id LIMIT 1 FOR UPDATE OF replay_progress SKIP LOCKED)
       RETURNING replay AS id, attempt`,
    )
    const claimed = rows[0] ? await this.read(rows[0].id) : null
    return claimed?.state === 'running' && claimed.attempt === rows[0]?.attempt ? claimed : null
  }

  /** Proposals that wait for their approver, by id and version: their texts may be large. */
  async proposals(): Promise<readonly { readonly id: ChangeId; readonly version: number }[]> {
    const { rows } = await this.#database.pool.query<{ id: ChangeId; version: number }>(
      "SELECT id, version FROM change WHERE state = 'proposed' ORDER BY id",
    )
    return rows
  }

  beat(attempt: ReplayAttempt): Promise<boolean> {
    return this.#move('beat = now()', attempt)
  }

  progress(
    attempt: ReplayAttempt,
    { read, size, revision }: { readonly read: number; readonly size: number; readonly revision: number },
  ): Promise<boolean> {
    return this.#move('beat = now(), read = $3, size = $4, revision = $5', attempt, [read, size, revision])
  }

  /** Those of another attempt are not seen. A crash between both statements leaves them uncounted, and the attempt over. */
  async keep({ id, attempt }: ReplayAttempt, first: number, lines: readonly string[]): Promise<void> {
    await this.#database.pool.query(
      'INSERT INTO replay_difference (replay, attempt, first, count, lines) VALUES ($1, $2, $3, $4, $5)',
      [id, attempt, first, lines.length, lines.join('\n')],
    )
    await this.#move('differences = $3', { id, attempt }, [first + lines.length])
  }

  end(attempt: ReplayAttempt, { state, report, why }: ReplayEnd): Promise<boolean> {
    return this.#move('state = $3, report = $4', attempt, [state, JSON.stringify(report ?? { why })])
  }

  async giveBack(attempt: ReplayAttempt): Promise<void> {
    await this.#move("state = 'waiting'", attempt)
  }

  #move(what: string, { id, attempt }: ReplayAttempt, values: readonly unknown[] = []): Promise<boolean> {
    return this.#update(what, "replay = $1 AND attempt = $2 AND state = 'running'", [id, attempt, ...values])
  }

  async #update(what: string, where: string, values: readonly unknown[]): Promise<boolean> {
    const { rowCount } = await this.#database.pool.query(`UPDATE replay_progress SET ${what} WHERE ${where}`, [
      ...values,
    ])
    return rowCount === 1
  }
}

function membersOf(
  candidate: ReplayCandidate,
): Partial<Record<'change' | 'digest', string>> & { edits?: readonly Edit[] } {
  const { kind: _, ...members } = candidate
  return members
}

/** Whoever can write to the tables can write anything there: what comes of it is shown, and nothing is obeyed. */
function replayOf({ change, digest, edits, report, ...row }: Row): StoredReplay {
  const candidate: ReplayCandidate =
    change !== null && digest !== null
      ? { kind: 'change', change, digest }
      : edits === null
        ? { kind: 'newest' }
        : { kind: 'edits', edits: JSON.parse(edits) as readonly Edit[] }
  const held = report === null ? null : (JSON.parse(report) as ReplayReport | { readonly why: string })
  return {
    ...row,
    candidate,
    report: held && 'replayed' in held ? held : null,
    why: held && 'why' in held ? held.why : null,
  }
}
