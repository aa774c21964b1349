import { type Kysely, sql } from 'kysely'

/**
 * The records of the control lane that are few and sought by what they are, among the many that name heads: what endorsed a lane,
 * a key, a revision (edge/postgres/pack-reader.ts).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw("CREATE INDEX record_search_control ON record_search (kind, index) WHERE kind IN ('key', 'lane', 'revision')")
    .execute(db)
}
