import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import { readLeaf, textOf } from '../../record/read-leaf.ts'
import type { ControlLeaf } from '../../review/log-source.ts'
import type { Database } from './database.ts'
import type { IndexedLeaf } from './lane-reads.ts'

/** Records looked at in one statement: a second at most, also from a cold disk. */
const WINDOW = 50_000

/** How a leaf begins (record/leaf.ts): the keys of a record have a fixed order. */
const KEY = Buffer.from('{"v":1,"kind":"key",')
const LANE = Buffer.from('{"v":1,"kind":"lane",')

const SOUGHT = `
SELECT index, leaf FROM record
WHERE lane = (SELECT id FROM lane WHERE name = $1) AND index >= $2 AND index < $3
  AND (substring(leaf FROM 1 FOR ${KEY.length}) = $4 OR substring(leaf FROM 1 FOR ${LANE.length}) = $5)
ORDER BY index`

/**
 * The records of the control lane that keys are trusted by. The lane only grows, so each of its records is looked at once; the
 * first question after a start goes through all of it, inside the database.
 */
export class KeyRecords {
  readonly #database: Database
  readonly #keys: ControlLeaf[] = []
  readonly #endorsements = new Map<LaneName, ControlLeaf>()
  #next = 0
  #reading: Promise<void> | null = null

  constructor(database: Database) {
    this.#database = database
  }

  /** The `key` records of the lane's own keys, in order. */
  async controlKeys(): Promise<readonly ControlLeaf[]> {
    await this.#catchUp()
    return [...this.#keys]
  }

  /** By lane, the record that opened it and names its key. */
  async endorsements(): Promise<ReadonlyMap<LaneName, ControlLeaf>> {
    await this.#catchUp()
    return this.#endorsements
  }

  async #catchUp(): Promise<void> {
    // One that began before this question may have missed what it asks about.
    await this.#reading?.catch(() => undefined)
    this.#reading ??= this.#read().finally(() => (this.#reading = null))
    await this.#reading
  }

  async #read(): Promise<void> {
    const { pool } = this.#database
    const { rows } = await pool.query<{ size: number }>('SELECT size FROM lane WHERE name = $1', [CONTROL_LANE])
    const size = rows[0]?.size ?? 0
    if (size < this.#next) this.#forget()
    while (this.#next < size) {
      const until = Math.min(size, this.#next + WINDOW)
      const values = [CONTROL_LANE, this.#next, until, KEY, LANE]
      const found = await pool.query<IndexedLeaf>({ name: 'key records', text: SOUGHT, values })
      for (const row of found.rows) this.#take(row)
      this.#next = until
    }
  }

  /** The lane was put back: what two officers recovered goes on with other records in these places. */
  #forget(): void {
    this.#keys.length = 0
    this.#endorsements.clear()
    this.#next = 0
  }

  #take({ index, leaf }: IndexedLeaf): void {
    const record = readLeaf(leaf)
    if (!record.ok) return
    if (record.value.kind === 'key' && record.value.fields.use === 'control-lane') this.#keys.push({ index, leaf })
    const opened = record.value.kind === 'lane' ? textOf(record.value, 'opened') : null
    if (opened !== null && !this.#endorsements.has(opened as LaneName))
      this.#endorsements.set(opened as LaneName, { index, leaf })
  }
}
