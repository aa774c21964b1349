import { withStore } from '../with-store.ts'
import type { Check, Result } from './check.ts'

/** Tables that nobody who serves may change, and what they must not be allowed. */
const IMMUTABLE = ['record', 'tile', 'revision']
const FORBIDDEN = ['UPDATE', 'DELETE', 'TRUNCATE']

export const checkRights: Check = async settings => {
  try {
    return await withStore(settings, async database => {
      const { rows } = await database.pool.query<{ subject: string; privilege: string }>(
        `SELECT subject, privilege FROM unnest($1::text[]) AS subject, unnest($2::text[]) AS privilege
         WHERE has_table_privilege(current_user, subject, privilege)`,
        [IMMUTABLE, FORBIDDEN],
      )
      const excess = rows.map(
        ({ subject, privilege }): Result => ({
          state: 'wrong',
          what: 'database rights',
          detail: `the run-time role may ${privilege} ${subject}: give DATABASE_URL the roles lienthong_exchange and lienthong_office only`,
        }),
      )
      return excess.length > 0
        ? excess
        : [
            {
              state: 'good',
              what: 'database rights',
              detail: 'the run-time role can add records and can neither change nor delete them',
            },
          ]
    })
  } catch {
    // checkDatabase has said why.
    return []
  }
}
