import { type Kysely, sql } from 'kysely'

/** Lanes, their records and tiles. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db)
  await sql.raw(GRANTS).execute(db)
}

// record.leaf and tile.hashes are EXTERNAL: PostgreSQL tries to compress only rows above 2 KB, where the hot path would
// pay for it and salts and digests hardly shrink; a usual leaf (1.4 KB) lies in its row as it is, 1.7 KB on the disk.
// lane's fillfactor leaves room on its page, so that each commit's new head is a heap-only update.
const TABLES = `
CREATE TABLE lane (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  gateway text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('data', 'control')),
  state text NOT NULL CHECK (state IN ('opening', 'open', 'sealing', 'sealed')),
  opened_at timestamptz NOT NULL DEFAULT now(),
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  checkpoint text NOT NULL,
  epoch integer NOT NULL DEFAULT 1 CHECK (epoch >= 1)
) WITH (fillfactor = 20);

CREATE TABLE record (
  lane integer NOT NULL,
  index bigint NOT NULL CHECK (index >= 0),
  day date NOT NULL,
  leaf bytea NOT NULL CHECK (octet_length(leaf) BETWEEN 1 AND 65535),
  PRIMARY KEY (lane, index, day)
) PARTITION BY RANGE (day);
ALTER TABLE record ALTER COLUMN leaf SET STORAGE EXTERNAL;
CREATE TABLE record_default PARTITION OF record DEFAULT;

CREATE TABLE tile (
  lane integer NOT NULL,
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
  index bigint NOT NULL CHECK (index >= 0),
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (lane, level, index)
);
ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
`

// Whoever serves may add records and tiles and move a lane's head, and nothing else. Revoking from the owner of the
// partitions leaves dropping a whole partition as its only way to remove a record.
const GRANTS = `
GRANT USAGE ON SCHEMA public TO lienthong_exchange, lienthong_office, lienthong_auditor, lienthong_maintenance;
GRANT CREATE ON SCHEMA public TO lienthong_maintenance;
REVOKE ALL ON lane, record, record_default, tile FROM PUBLIC;
GRANT SELECT ON lane, record, tile TO lienthong_exchange, lienthong_office, lienthong_auditor;
GRANT INSERT ON lane, record, tile TO lienthong_exchange, lienthong_office;
GRANT UPDATE (size, root, checkpoint, epoch, state) ON lane TO lienthong_exchange, lienthong_office;
ALTER TABLE record OWNER TO lienthong_maintenance;
ALTER TABLE record_default OWNER TO lienthong_maintenance;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON record, record_default FROM lienthong_maintenance;
`
