import { type Kysely, sql } from 'kysely'

/** What crossed under agreements that cap bytes a day: one row a process, so that no two wait for each other. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLE).execute(db)
}

const TABLE = `
CREATE TABLE volume (
  agreement text COLLATE "C" NOT NULL,
  day date NOT NULL,
  process text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (day, agreement, process)
);
REVOKE ALL ON volume FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON volume TO lienthong_exchange;
GRANT SELECT ON volume TO lienthong_office, lienthong_auditor;
`
