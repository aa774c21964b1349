import { type Digest, digestOf } from '../../domain/digest.ts'
import type { Database } from './database.ts'
import { readRevision } from './revisions.ts'

/**
 * Looks whether the stored revisions are still the ones that were verified: whoever holds the database could change an old one behind
 * everybody's back, and nobody reads it again before the next start. A row is hashed again when PostgreSQL says that it was written
 * since (`xmin`); a change of the data files themselves is what `lienthong audit verify` and the next start find.
 */
export class RevisionWatch {
  readonly #database: Database
  readonly #written = new Map<number, string>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Numbers of those that have gone or have another text; `chain`: the verified digests by number. */
  async look(chain: readonly Digest[]): Promise<readonly number[]> {
    const { rows } = await this.#database.pool.query<{ number: number; digest: string; written: string }>(
      'SELECT number, digest, xmin::text AS written FROM revision WHERE number < $1',
      [chain.length],
    )
    const stored = new Map(rows.map(row => [row.number, row]))
    const altered: number[] = []
    for (const [number, digest] of chain.entries()) {
      const row = stored.get(number)
      if (row?.digest === digest && (await this.#isSame(number, digest, row.written))) continue
      altered.push(number)
    }
    return altered
  }

  async #isSame(number: number, digest: Digest, written: string): Promise<boolean> {
    if (this.#written.get(number) === written) return true
    const content = (await readRevision(this.#database, number))?.content
    if (content === undefined || digestOf(content) !== digest) return false
    this.#written.set(number, written)
    return true
  }
}
