import { checkDurability } from '../../edge/postgres/check-durability.ts'
import { withStore } from '../with-store.ts'
import type { Check, Result } from './check.ts'

export const checkDatabase: Check = async settings => {
  try {
    return await withStore(settings, async database => {
      const { rows } = await database.pool.query<{ version: string }>(
        "SELECT current_setting('server_version') AS version",
      )
      const version = rows[0]?.version ?? ''
      const settingsOf = (await checkDurability(database)).map(
        ({ name, good, detail }): Result => ({ state: good ? 'good' : 'wrong', what: `database ${name}`, detail }),
      )
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
              detail:
                'no revision yet: the first start makes a development genesis, lienthong genesis install puts in a production one',
            }
          : { state: 'good' as const, what: 'configuration', detail: `newest revision ${newest}` },
      ]
    })
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return [{ state: 'wrong', what: 'database', detail: `${message}` }]
  }
}
