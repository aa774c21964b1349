import type { Creation, CreationStore } from '../../control/creation-store.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Database } from './database.ts'
import { durably } from './durably.ts'

/** 24 hours, in microseconds. */
const KEPT = 24 * 60 * 60 * 1_000_000

/** Idempotency keys in PostgreSQL. */
export const creationStore = (database: Database): CreationStore => ({
  claim: ({ officer, key, digest, change }, at: Instant) =>
    durably(database, async client => {
      await client.query('DELETE FROM creation WHERE at <= $1', [at - KEPT])
      await client.query(
        'INSERT INTO creation (officer, key, digest, change, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
        [officer, key, digest, change, at],
      )
      // Another transaction that was first has committed by now: the insert waited for it.
      const { rows } = await client.query<Pick<Creation, 'digest' | 'change'>>(
        'SELECT digest, change FROM creation WHERE officer = $1 AND key = $2',
        [officer, key],
      )
      const [first] = rows
      if (!first) throw new Error('a key that was claimed is not there')
      return first
    }),
})
