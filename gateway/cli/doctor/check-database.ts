import { withStore } from '../with-store.ts'
import type { Check, Result } from './check.ts'

/** What a record is worth depends on these (DESIGN "Store"). */
const DURABLE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' } as const

export const checkDatabase: Check = async settings => {
  try {
    return await withStore(settings, async database => {
      const { rows } = await database.pool.query<{ name: string; setting: string }>(
        'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
        [[...Object.keys(DURABLE), 'server_version']],
      )
      const version = rows.find(({ name }) => name === 'server_version')?.setting ?? ''
      const settingsOf = Object.entries(DURABLE).map(([name, wanted]): Result => {
        const actual = rows.find(row => row.name === name)?.setting ?? ''
        const good =
          actual === wanted || (name === 'synchronous_commit' && ['remote_write', 'remote_apply'].includes(actual))
        return {
          state: good ? 'good' : 'wrong',
          what: `database ${name}`,
          detail: good ? actual : `is ${actual}: set it to ${wanted}`,
        }
      })
      const { rows: revisions } = await database.pool.query<{ newest: number | null }>(
        'SELECT max(number) AS newest FROM revision',
      )
      const newest = revisions[0]?.newest ?? null
      return [
        { state: 'good' as const, what: 'database', detail: `PostgreSQL ${version} answers` },
        ...settingsOf,
        newest === null
          ? {
              state: 'warning' as const,
              what: 'configuration',
              detail: 'no revision yet: the first start makes the genesis',
            }
          : { state: 'good' as const, what: 'configuration', detail: `newest revision ${newest}` },
      ]
    })
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return [{ state: 'wrong', what: 'database', detail: `${message}` }]
  }
}
