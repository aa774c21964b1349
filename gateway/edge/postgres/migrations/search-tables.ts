import { type Kysely, sql } from 'kysely'

/** What records are searched by: filled behind the hot path, and derived from the leaves, so it can be made anew. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db)
  await sql.raw(GRANTS).execute(db)
}

// COLLATE "C": ranges over unit codes must order by bytes whatever the ministry's cluster is set to.
const TABLES = `
CREATE TABLE record_search (
  lane integer NOT NULL,
  index bigint NOT NULL,
  day date NOT NULL,
  at timestamptz NOT NULL,
  kind text COLLATE "C" NOT NULL,
  exchange_id uuid,
  consumer text COLLATE "C",
  provider text COLLATE "C",
  service text COLLATE "C",
  operation text COLLATE "C",
  purpose text COLLATE "C",
  agreement text COLLATE "C",
  decision text COLLATE "C",
  code text COLLATE "C",
  status integer,
  request_id text COLLATE "C",
  revision integer,
  PRIMARY KEY (lane, index, day)
) PARTITION BY RANGE (day);
CREATE INDEX record_search_exchange ON record_search (exchange_id) WHERE exchange_id IS NOT NULL;
CREATE INDEX record_search_at ON record_search (at, lane, index);
CREATE INDEX record_search_consumer ON record_search (consumer, at);
CREATE INDEX record_search_provider ON record_search (provider, at);
CREATE INDEX record_search_service ON record_search (service, at);
CREATE INDEX record_search_code ON record_search (code, at) WHERE code IS NOT NULL;
CREATE INDEX record_search_request ON record_search (request_id) WHERE request_id IS NOT NULL;
CREATE TABLE record_search_default PARTITION OF record_search DEFAULT;

CREATE TABLE follower (
  lane integer PRIMARY KEY REFERENCES lane (id),
  next bigint NOT NULL CHECK (next >= 0)
);
`

const GRANTS = `
REVOKE ALL ON record_search, record_search_default, follower FROM PUBLIC;
GRANT SELECT ON record_search, follower TO lienthong_exchange, lienthong_office, lienthong_auditor;
GRANT INSERT ON record_search TO lienthong_office;
GRANT INSERT, UPDATE ON follower TO lienthong_office;
ALTER TABLE record_search OWNER TO lienthong_maintenance;
ALTER TABLE record_search_default OWNER TO lienthong_maintenance;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON record_search, record_search_default FROM lienthong_maintenance;
`
