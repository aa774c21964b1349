import { type Kysely, sql } from 'kysely'

/** What witnesses said of the control lane, and what became of a refusal. Only added to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of TABLES.split(';').filter(text => text.trim() !== '')) await sql.raw(statement).execute(db)
}

// Nothing here is believed for standing here: whoever reads checks the witness's signature, or those of the officers.
const TABLES = `
CREATE TABLE cosignature (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  witness text COLLATE "C" NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  -- By the witness's clock: seconds since 1970.
  time bigint NOT NULL,
  -- The signed note of the control lane, and the witness's line on it.
  checkpoint text NOT NULL CHECK (length(checkpoint) <= 4096),
  line text NOT NULL CHECK (length(line) <= 1024)
);
CREATE INDEX cosignature_witness ON cosignature (witness, id);
CREATE INDEX cosignature_size ON cosignature (size);
CREATE TABLE witness_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('conflict', 'recovery', 'signature', 'recorded')),
  -- The conflict or recovery that it is about: the SHA-256 of its text.
  subject text COLLATE "C" NOT NULL CHECK (length(subject) = 64),
  body text NOT NULL CHECK (length(body) <= 32768)
);
CREATE UNIQUE INDEX witness_event_once ON witness_event (kind, subject, md5(body));
REVOKE ALL ON cosignature, witness_event FROM PUBLIC;
GRANT SELECT ON cosignature, witness_event TO lienthong_exchange, lienthong_office, lienthong_auditor;
GRANT INSERT (witness, size, time, checkpoint, line) ON cosignature TO lienthong_office;
GRANT INSERT (kind, subject, body) ON witness_event TO lienthong_office
`
