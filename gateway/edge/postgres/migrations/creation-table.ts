import { type Kysely, sql } from 'kysely'

/** Idempotency keys of the office API: which change a request makes, so that repeating it makes no second one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of TABLE.split(';').filter(text => text.trim() !== '')) await sql.raw(statement).execute(db)
}

// Kept for a day; nothing is lost with a row but that a repetition would be a new request.
const TABLE = `
CREATE TABLE creation (
  officer text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL CHECK (length(key) <= 128),
  digest text NOT NULL,
  change text NOT NULL,
  -- Microseconds since 1970.
  at bigint NOT NULL,
  PRIMARY KEY (officer, key)
);
CREATE INDEX creation_at ON creation (at);
REVOKE ALL ON creation FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON creation TO lienthong_office
`
