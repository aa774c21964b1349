import { type Kysely, sql } from 'kysely'

/** Replays that officers asked for or that proposals carry, and the note of a command that it reads the log. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [REPLAY, PROGRESS, DIFFERENCE, NOTE_READ]) await sql.raw(statement).execute(db)
}

// What is replayed stands still once it is there. Nothing here is obeyed: a replay is advice, and can be made again.
const REPLAY = `
CREATE TABLE replay (
  -- UUIDv7: the order of ids is that of time.
  id text COLLATE "C" PRIMARY KEY,
  -- Null: begun by itself, for a proposal.
  officer text COLLATE "C",
  -- Of a candidate that is a change: the digest of exactly the text that is replayed.
  change text COLLATE "C",
  digest text COLLATE "C",
  -- Of a candidate that is none: its edits. All three null: the newest revision.
  edits text,
  -- When the records were written, half-open; microseconds since 1970.
  from_at bigint NOT NULL,
  to_at bigint NOT NULL,
  created_at bigint NOT NULL,
  CHECK ((change IS NULL) = (digest IS NULL))
);
CREATE UNIQUE INDEX replay_of_proposal ON replay (change, digest) WHERE officer IS NULL;
REVOKE ALL ON replay FROM PUBLIC;
GRANT SELECT, INSERT ON replay TO lienthong_office;
GRANT SELECT ON replay TO lienthong_auditor;
`

const PROGRESS = `
CREATE TABLE replay_progress (
  replay text COLLATE "C" PRIMARY KEY REFERENCES replay (id),
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'partial', 'cancelled', 'failed')),
  -- From 1; each begins anew, behind a process that has gone.
  attempt integer NOT NULL DEFAULT 0,
  -- The process that is at it was alive then, by the database's clock.
  beat timestamptz NOT NULL DEFAULT now(),
  read bigint NOT NULL DEFAULT 0,
  size bigint,
  revision integer,
  differences bigint NOT NULL DEFAULT 0,
  report text
) WITH (fillfactor = 50);
CREATE INDEX replay_open ON replay_progress (replay) WHERE state IN ('waiting', 'running');
REVOKE ALL ON replay_progress FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (state, attempt, beat, read, size, revision, differences, report)
  ON replay_progress TO lienthong_office;
GRANT SELECT ON replay_progress TO lienthong_auditor;
`

const DIFFERENCE = `
CREATE TABLE replay_difference (
  replay text COLLATE "C" NOT NULL REFERENCES replay (id),
  attempt integer NOT NULL,
  -- Number of the first one of these, from 0.
  first bigint NOT NULL,
  count integer NOT NULL CHECK (count > 0),
  -- One JSON text a line.
  lines text NOT NULL,
  PRIMARY KEY (replay, attempt, first)
);
REVOKE ALL ON replay_difference FROM PUBLIC;
GRANT SELECT, INSERT ON replay_difference TO lienthong_office;
GRANT SELECT ON replay_difference TO lienthong_auditor;
`

// With the rights of the tables' owner, so that a login that may only read the log can note that, under its own name, and nothing else.
const NOTE_READ = `
CREATE FUNCTION note_read(what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.officer_event (event) VALUES (json_build_object(
    'kind', 'read',
    'reader', 'login:' || session_user,
    'via', 'command',
    'what', left(what, 1000),
    'actedAt', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
  )::text);
END $$;
REVOKE ALL ON FUNCTION note_read(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_read(text) TO lienthong_exchange, lienthong_office, lienthong_auditor;
`
