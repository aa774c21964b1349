import { type Kysely, sql } from 'kysely'

/** Time stamps (RFC 3161) over checkpoints of the control lane. Only ever added to: a stamp is worth what its signature says. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLE).execute(db)
}

// The whole note is kept: it is what was stamped, and later checkpoints do not hold its signature.
const TABLE = `
CREATE TABLE timestamp (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  authority text COLLATE "C" NOT NULL CHECK (length(authority) <= 63),
  checkpoint text NOT NULL CHECK (octet_length(checkpoint) <= 4096),
  token bytea NOT NULL CHECK (octet_length(token) BETWEEN 1 AND 65536),
  -- What the token says, microseconds since 1970.
  gen_time bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX timestamp_authority ON timestamp (authority, size);
ALTER TABLE timestamp ALTER COLUMN token SET STORAGE EXTERNAL;
REVOKE ALL ON timestamp FROM PUBLIC;
GRANT SELECT ON timestamp TO lienthong_exchange, lienthong_office, lienthong_auditor;
GRANT INSERT ON timestamp TO lienthong_office;
`
