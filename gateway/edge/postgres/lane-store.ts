import type { LaneName } from '../../domain/gateway-id.ts'
import type { Batch, CommitResult, LaneState, LaneStore, StoredHead } from '../../log/lane-store.ts'
import { type CommitRow, commitStatement } from './commit-statement.ts'
import type { Database } from './database.ts'
import { LaneConnection } from './lane-connection.ts'
import { readLeaves } from './lane-reads.ts'

/** application_name holds 63 bytes; the end of a lane's name tells it apart. */
const nameOf = (lane: LaneName) => `lane ${lane.slice(-58)}`

/**
 * The store of lanes in PostgreSQL. Each lane has a connection of its own, so that no reader's query can delay a commit.
 */
export class PostgresLaneStore implements LaneStore {
  readonly #database: Database
  readonly #connections = new Map<LaneName, LaneConnection>()

  constructor(database: Database) {
    this.#database = database
  }

  async commit(batch: Batch): Promise<CommitResult> {
    if (batch.to.size !== batch.from.size + batch.leaves.length)
      throw new RangeError('a batch must hold the leaves of its sizes')
    const { rows } = await this.#connectionOf(batch.lane).query<CommitRow>(commitStatement(batch), true)
    const [row] = rows
    if (row === undefined) throw new Error('the commit returned no row')
    return { committed: row.committed, newestRevision: row.newest ?? -1 }
  }

  async readHead(lane: LaneName): Promise<StoredHead | null> {
    const { rows } = await this.#connectionOf(lane).query<HeadRow>({ name: 'head', text: HEAD, values: [lane] }, true)
    return rows[0] ?? null
  }

  readLeaves(lane: LaneName, from: number, to: number): Promise<readonly Uint8Array[]> {
    return readLeaves(this.#database, lane, from, to)
  }

  /** Closes the connection of a lane that nobody writes to any more. */
  async closeLane(lane: LaneName): Promise<void> {
    const open = this.#connections.get(lane)
    this.#connections.delete(lane)
    await open?.close()
  }

  /** Closes the lanes' connections; the pool stays open. */
  async close(): Promise<void> {
    const open = [...this.#connections.values()]
    this.#connections.clear()
    await Promise.all(open.map(connection => connection.close()))
  }

  #connectionOf(lane: LaneName): LaneConnection {
    const open = this.#connections.get(lane)
    if (open !== undefined) return open
    const made = new LaneConnection(this.#database.url, nameOf(lane))
    this.#connections.set(lane, made)
    return made
  }
}

/**
 * The lock is let go at the end of the statement; it only waits until a commit under way has ended. It is a write, too: with
 * synchronous standbys it ends when they have flushed it, and so everything before it. A notice means that this wait was given up:
 * then the row may show what only this server has, and it tells nothing.
 */
const HEAD = `
SELECT size, root, checkpoint, epoch, state FROM lane
WHERE name = $1 AND set_config('synchronous_commit', 'on', true) = 'on' FOR UPDATE`

interface HeadRow {
  readonly size: number
  readonly root: Uint8Array
  readonly checkpoint: string
  readonly epoch: number
  readonly state: LaneState
}
