import { type Kysely, sql } from 'kysely'

/** The officers' desk: changes, when officers were seen, and what they did, on its way to the control lane. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [CHANGE, ACTIVITY, EVENT]) await sql.raw(statement).execute(db)
}

// Nothing here is obeyed: a change is what its signatures make of it. Ids are UUIDv7: their order is that of time.
const CHANGE = `
CREATE TABLE change (
  id text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL CHECK (version > 0),
  state text NOT NULL,
  -- Approved only: when it may be applied, in microseconds since 1970.
  due bigint,
  body text NOT NULL
);
CREATE INDEX change_state ON change (state, id);
CREATE INDEX change_due ON change (due) WHERE due IS NOT NULL;
REVOKE ALL ON change FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (version, state, due, body) ON change TO lienthong_office;
GRANT SELECT ON change TO lienthong_auditor;
`

const ACTIVITY = `
CREATE TABLE officer_activity (
  officer text COLLATE "C" PRIMARY KEY,
  -- Microseconds since 1970.
  seen_at bigint NOT NULL
);
REVOKE ALL ON officer_activity FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (seen_at) ON officer_activity TO lienthong_office;
GRANT SELECT ON officer_activity TO lienthong_auditor;
`

// Numbers come in the order of the commits: whoever has read one finds none below it later. The lock is held to the end of the
// transaction, so the event is the last that a transaction writes.
const EVENT = `
CREATE TABLE officer_event (
  number bigint PRIMARY KEY,
  event text NOT NULL
);
CREATE SEQUENCE officer_event_number OWNED BY officer_event.number;
CREATE FUNCTION number_officer_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('lienthong officer event'));
  NEW.number := nextval(format('%I.officer_event_number', TG_TABLE_SCHEMA)::regclass);
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION number_officer_event() FROM PUBLIC;
CREATE TRIGGER number BEFORE INSERT ON officer_event FOR EACH ROW EXECUTE FUNCTION number_officer_event();
REVOKE ALL ON officer_event FROM PUBLIC;
GRANT SELECT, INSERT (event) ON officer_event TO lienthong_office;
GRANT SELECT ON officer_event TO lienthong_auditor;
`
