import { type Kysely, sql } from 'kysely'

/** Officers' sessions, and the challenges that their browsers are asked to sign: shared by all office processes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [SESSION, CHALLENGE]) await sql.raw(statement).execute(db)
}

// The token is not here: who reads the table has no session by it. Times are microseconds since 1970.
const SESSION = `
CREATE TABLE office_session (
  digest text COLLATE "C" PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
  officer text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  authenticator text COLLATE "C" NOT NULL CHECK (length(authenticator) <= 2048),
  opened_at bigint NOT NULL,
  seen_at bigint NOT NULL
);
CREATE INDEX office_session_officer ON office_session (officer, opened_at);
REVOKE ALL ON office_session FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON office_session TO lienthong_office;
`

const CHALLENGE = `
CREATE TABLE office_challenge (
  officer text COLLATE "C" NOT NULL,
  purpose text COLLATE "C" NOT NULL,
  challenge text NOT NULL CHECK (length(challenge) <= 128),
  until bigint NOT NULL,
  PRIMARY KEY (officer, purpose)
);
REVOKE ALL ON office_challenge FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (challenge, until), DELETE ON office_challenge TO lienthong_office;
`
