import { type Kysely, sql } from 'kysely'

/** The chain of revisions, and the call that wakes the data plane. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLE).execute(db)
  await sql.raw(NOTIFY).execute(db)
  await sql.raw(GRANTS).execute(db)
}

// The foreign key is the chain: a revision names number - 1 and its digest, or is the genesis and names none.
const TABLE = `
CREATE TABLE revision (
  number integer PRIMARY KEY CHECK (number >= 0),
  digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  previous text CHECK ((previous IS NULL) = (number = 0)),
  previous_number integer GENERATED ALWAYS AS (nullif(number, 0) - 1) STORED,
  content text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (number, digest),
  FOREIGN KEY (previous_number, previous) REFERENCES revision (number, digest) MATCH FULL
);
`

const NOTIFY = `
CREATE FUNCTION announce_revision() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('lienthong_revision', NEW.number::text);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION announce_revision() FROM PUBLIC;
CREATE TRIGGER announce AFTER INSERT ON revision FOR EACH ROW EXECUTE FUNCTION announce_revision();
`

const GRANTS = `
REVOKE ALL ON revision FROM PUBLIC;
GRANT SELECT ON revision TO lienthong_exchange, lienthong_office, lienthong_auditor;
GRANT INSERT (number, digest, previous, content) ON revision TO lienthong_office;
`
