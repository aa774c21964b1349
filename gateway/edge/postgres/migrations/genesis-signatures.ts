import { type Kysely, sql } from 'kysely'

/** What the officers of a production genesis signed, in the row that they signed: written once with it, and never changed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(COLUMN).execute(db)
}

const COLUMN = `
ALTER TABLE revision ADD COLUMN signatures text[] CHECK (signatures IS NULL OR number = 0);
GRANT INSERT (signatures) ON revision TO lienthong_office;
`
