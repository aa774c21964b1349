import { type Kysely, sql } from 'kysely'

/**
 * Less than the first version gave: a process of the data plane cannot touch the control lane's row, so that one which is taken
 * over cannot fence its writer; and nobody sets what a column's default is for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(COLUMNS).execute(db)
  await sql.raw(ROWS).execute(db)
}

const COLUMNS = `
REVOKE INSERT ON lane FROM lienthong_exchange, lienthong_office;
GRANT INSERT (name, gateway, kind, state, public_key, root, checkpoint) ON lane TO lienthong_exchange, lienthong_office;
REVOKE UPDATE ON follower FROM lienthong_office;
GRANT UPDATE (next) ON follower TO lienthong_office;
REVOKE UPDATE ON volume FROM lienthong_exchange;
GRANT UPDATE (bytes) ON volume TO lienthong_exchange;
`

const ROWS = `
ALTER TABLE lane ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON lane FOR SELECT USING (true);
CREATE POLICY open_data ON lane FOR INSERT TO lienthong_exchange WITH CHECK (kind = 'data' AND state = 'opening');
CREATE POLICY move_data ON lane FOR UPDATE TO lienthong_exchange USING (kind = 'data');
CREATE POLICY open_any ON lane FOR INSERT TO lienthong_office WITH CHECK (true);
CREATE POLICY move_any ON lane FOR UPDATE TO lienthong_office USING (true);
`
