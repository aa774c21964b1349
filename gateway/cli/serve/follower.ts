import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../edge/postgres/database.ts'
import { followRecords } from '../../edge/postgres/follow-records.ts'
import { columnsOf, type SearchColumns } from '../../record/search-columns.ts'

const PAUSE_MILLIS = 200
/** Records a lane and step: small, so that the search index never holds the hot path's pages for long. */
const STEP = 500

/** Fills the search index behind the log. Search lags; nothing else depends on it. */
export class Follower {
  readonly #stopping = new AbortController()
  readonly #database: Database
  #turn: Promise<unknown> = Promise.resolve()
  readonly #running: Promise<void>

  constructor(database: Database, onFailure: (thrown: unknown) => void) {
    this.#database = database
    this.#running = this.#run(database, onFailure)
  }

  /** Copies one step now, for somebody who asks for what was recorded a moment ago. */
  now(): Promise<void> {
    return this.#inTurn(async () => void (await followRecords(this.#database, mustColumns, STEP)))
  }

  /** A step passes over lanes that another one is copying: within this process they go one after the other. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const mine = this.#turn.catch(() => undefined).then(step)
    this.#turn = mine
    return mine
  }

  /** Copies what is left, then ends. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(database: Database, onFailure: (thrown: unknown) => void): Promise<void> {
    for (let last = false; !last; ) {
      // Read before the step: what was committed before the stop is copied by the step behind it.
      last = this.#stopping.signal.aborted
      const more = await this.#step(database, onFailure)
      if (more) last = false
      else if (!last) await sleep(PAUSE_MILLIS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async #step(database: Database, onFailure: (thrown: unknown) => void): Promise<boolean> {
    try {
      const { more, failed } = await this.#inTurn(() => followRecords(database, mustColumns, STEP))
      for (const { error } of failed) onFailure(error)
      return more
    } catch (thrown) {
      onFailure(thrown)
      return false
    }
  }
}

function mustColumns(leaf: Uint8Array): SearchColumns {
  const columns = columnsOf(leaf)
  if (columns.ok) return columns.value
  throw new Error(`a stored leaf is no record: ${columns.error}`)
}
