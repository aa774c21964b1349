import { type Kysely, sql } from 'kysely'

/** What each process says of itself, and the alerts that office processes make of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [REPORT, ALERT]) await sql.raw(statement).execute(db)
}

// One row a process, written every few seconds; room on its page keeps that a heap-only update. A process that was taken over can say
// anything here, of others too: it is a notice board, and nothing on it is evidence.
const REPORT = `
CREATE TABLE process_report (
  process text COLLATE "C" PRIMARY KEY CHECK (length(process) <= 128),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body text NOT NULL CHECK (octet_length(body) <= 262144)
) WITH (fillfactor = 30);
REVOKE ALL ON process_report FROM PUBLIC;
ALTER TABLE process_report ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON process_report FOR SELECT TO lienthong_exchange, lienthong_office, lienthong_auditor USING (true);
CREATE POLICY tell ON process_report FOR INSERT TO lienthong_exchange, lienthong_office WITH CHECK (true);
CREATE POLICY tell_again ON process_report FOR UPDATE TO lienthong_exchange, lienthong_office USING (true);
CREATE POLICY sweep ON process_report FOR DELETE TO lienthong_office USING (at < now() - interval '10 minutes');
GRANT SELECT ON process_report TO lienthong_exchange, lienthong_office, lienthong_auditor;
GRANT INSERT, UPDATE (at, body) ON process_report TO lienthong_exchange, lienthong_office;
GRANT DELETE ON process_report TO lienthong_office;
`

// Every step of an alert is recorded in the control lane too (officer_event, in the same transaction).
const ALERT = `
CREATE TABLE alert (
  -- UUIDv7: the order of ids is that of time.
  id text COLLATE "C" PRIMARY KEY,
  rule text COLLATE "C" NOT NULL CHECK (length(rule) <= 63),
  subject text COLLATE "C" NOT NULL CHECK (length(subject) <= 200),
  detail text NOT NULL CHECK (length(detail) <= 1000),
  -- Microseconds since 1970.
  raised_at bigint NOT NULL,
  ended_at bigint,
  -- Whether it stays open for a person behind its end.
  review text NOT NULL CHECK (review IN ('none', 'needed')),
  -- Who made what it is about, and therefore does not review it.
  officers text[] NOT NULL DEFAULT '{}',
  reminded_at bigint,
  reviewed_at bigint,
  reviewer text COLLATE "C",
  note text CHECK (length(note) <= 1000)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX alert_open ON alert (rule, subject) WHERE ended_at IS NULL;
CREATE INDEX alert_unreviewed ON alert (id) WHERE review = 'needed' AND reviewed_at IS NULL;
REVOKE ALL ON alert FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (detail, ended_at, reminded_at, reviewed_at, reviewer, note) ON alert TO lienthong_office;
GRANT SELECT ON alert TO lienthong_exchange, lienthong_auditor;
`
