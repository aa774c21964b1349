import { type Kysely, sql } from 'kysely'

/**
 * Nonces of message signatures. `digest` names key and nonce, so that the primary key is what makes a nonce count once.
 * Whoever serves may take nonces and sweep those that are over; a live one cannot be freed, not by the same role either, so that
 * what it once let pass cannot be replayed.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLE).execute(db)
}

// Ten minutes behind the end of a signature: clocks of gateways may be that far apart before one of them could accept it again.
const TABLE = `
CREATE TABLE nonce (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  expires timestamptz NOT NULL
);
CREATE INDEX nonce_expires ON nonce (expires);
ALTER TABLE nonce ENABLE ROW LEVEL SECURITY;
CREATE POLICY take ON nonce FOR INSERT TO lienthong_exchange WITH CHECK (true);
CREATE POLICY look ON nonce FOR SELECT TO lienthong_exchange USING (true);
CREATE POLICY sweep ON nonce FOR DELETE TO lienthong_exchange USING (expires < now() - interval '10 minutes');
REVOKE ALL ON nonce FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON nonce TO lienthong_exchange;
`
