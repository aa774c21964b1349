import type { ClientBase } from 'pg'
import type { ChangePage, ChangeQuery, ChangeStore } from '../../control/change-store.ts'
import type { StoredChange } from '../../control/stored-change.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import { type Instant, instantOfMillis } from '../../domain/instant.ts'
import type { OfficerId } from '../../domain/officer-id.ts'
import type { OfficerEvent, ReadEvent } from '../../record/control-record.ts'
import type { StoredRevision } from '../../snapshot/revision-text.ts'
import type { Database } from './database.ts'
import { durably } from './durably.ts'
import { insertOfficerEvent } from './officer-events.ts'
import { insertRevisionIn } from './revisions.ts'

/** Ends a transaction in which nothing is to be written. */
class Lost extends Error {
  readonly how: 'stale' | 'taken'

  constructor(how: 'stale' | 'taken') {
    super(how)
    this.how = how
  }
}

/** The changes of the officers' desk in PostgreSQL. */
export class PostgresChanges implements ChangeStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async read(id: ChangeId): Promise<StoredChange | null> {
    const { rows } = await this.#database.pool.query<Row>('SELECT id, version, state, body FROM change WHERE id = $1', [
      id,
    ])
    return rows[0] ? changeOf(rows[0]) : null
  }

  async list({ state, cursor, limit }: ChangeQuery): Promise<ChangePage> {
    const { rows } = await this.#database.pool.query<Row>(
      `SELECT id, version, state, body FROM change WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR id < $2)
       ORDER BY id DESC LIMIT $3`,
      [state, cursor, limit + 1],
    )
    const changes = rows.slice(0, limit).map(changeOf)
    return { changes, cursor: rows.length > limit ? (changes.at(-1)?.id ?? null) : null }
  }

  insert(change: StoredChange, event: OfficerEvent): Promise<void> {
    return durably(this.#database, async client => {
      await client.query(
        'INSERT INTO change (id, version, state, due, body) VALUES ($1, $2, $3, $4, $5)',
        valuesOf(change),
      )
      await insertOfficerEvent(client, event)
    })
  }

  async replace(change: StoredChange, event: OfficerEvent): Promise<boolean> {
    const lost = await this.#unlessLost(async client => {
      await swap(client, change)
      await insertOfficerEvent(client, event)
    })
    return lost === null
  }

  async apply(
    change: StoredChange,
    revision: StoredRevision,
    event: OfficerEvent,
  ): Promise<'applied' | 'stale' | 'taken'> {
    const lost = await this.#unlessLost(async client => {
      await swap(client, change)
      if ((await insertRevisionIn(client, revision)) !== 'inserted') throw new Lost('taken')
      await insertOfficerEvent(client, event)
    })
    return lost ?? 'applied'
  }

  note(event: OfficerEvent | ReadEvent): Promise<void> {
    return durably(this.#database, client => insertOfficerEvent(client, event))
  }

  async due(at: Instant, limit: number): Promise<readonly ChangeId[]> {
    const { rows } = await this.#database.pool.query<{ id: ChangeId }>(
      'SELECT id FROM change WHERE due <= $1 ORDER BY due, id LIMIT $2',
      [at, limit],
    )
    return rows.map(({ id }) => id)
  }

  async seenAt(officer: OfficerId, now: Instant): Promise<Instant> {
    await this.#database.pool.query(
      'INSERT INTO officer_activity (officer, seen_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [officer, now],
    )
    return (await this.activity()).get(officer) ?? now
  }

  async activity(): Promise<ReadonlyMap<OfficerId, Instant>> {
    const { rows } = await this.#database.pool.query<{ officer: OfficerId; seen: Instant }>(
      'SELECT officer, seen_at AS seen FROM officer_activity',
    )
    return new Map(rows.map(({ officer, seen }) => [officer, seen]))
  }

  async touch(officer: OfficerId, at: Instant): Promise<void> {
    await this.#database.pool.query(
      `INSERT INTO officer_activity AS known (officer, seen_at) VALUES ($1, $2)
       ON CONFLICT (officer) DO UPDATE SET seen_at = greatest(known.seen_at, excluded.seen_at)`,
      [officer, at],
    )
  }

  async #unlessLost(work: (client: ClientBase) => Promise<void>): Promise<'stale' | 'taken' | null> {
    try {
      await durably(this.#database, work)
      return null
    } catch (thrown) {
      if (thrown instanceof Lost) return thrown.how
      throw thrown
    }
  }
}

async function swap(client: ClientBase, change: StoredChange): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE change SET version = $2, state = $3, due = $4, body = $5 WHERE id = $1 AND version = $2 - 1',
    valuesOf(change),
  )
  if (rowCount !== 1) throw new Lost('stale')
}

const valuesOf = (change: StoredChange): unknown[] => [
  change.id,
  change.version,
  change.state,
  dueOf(change),
  JSON.stringify(change),
]

/** Null: it is not to be applied. A time that nobody can read is now: applying finds out what is wrong with it. */
function dueOf({ state, text, changedAt }: StoredChange): Instant | null {
  if (state !== 'approved') return null
  const at = text.applyAt === null ? Number.NaN : Date.parse(text.applyAt)
  return Number.isNaN(at) ? changedAt : instantOfMillis(at)
}

interface Row extends Pick<StoredChange, 'id' | 'version' | 'state'> {
  readonly body: string
}

/** Whoever can write to the table can write anything there; what becomes of it is verified before it is applied. */
const changeOf = ({ id, version, state, body }: Row): StoredChange => ({
  ...(JSON.parse(body) as StoredChange),
  id,
  version,
  state,
})
