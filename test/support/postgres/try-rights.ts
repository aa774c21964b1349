import type { Client } from 'pg'

/** What a role can do to a table, found by trying it. Columns only where not all of them. */
export type Rights = string

const DENIED = '42501'
/** Permitted, and of no sense here: a policy on a partition. */
const NOT_OF_THIS_TABLE = '42809'
/** COPY into a table with row-level security. */
const NOT_WITH_POLICIES = '0A000'
const UPDATABLE = ['r', 'p']

export interface TriedTable {
  readonly name: string
  /** But for computed ones, which nobody writes. */
  readonly columns: readonly string[]
}

/** Every table of the schema, partitions too, from the catalogue. */
export async function tablesOf(client: Client): Promise<readonly TriedTable[]> {
  const { rows } = await client.query<TriedTable>(
    `SELECT relname AS name, array_agg(quote_ident(attname) ORDER BY attnum) AS columns
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     WHERE relnamespace = 'public'::regnamespace AND relkind = ANY ($1) GROUP BY relname ORDER BY relname`,
    [UPDATABLE],
  )
  return rows
}

/** Runs statements as a role, each rolled back at once; nothing of it stays. */
export class Attempts {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  /** `client` is a superuser's, and nobody else's. */
  static async with(client: Client): Promise<Attempts> {
    await client.query(`CREATE OR REPLACE FUNCTION pg_temp.attempt(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE format('SET LOCAL ROLE %I', role);
        EXECUTE statement;
        -- Takes back what was done, and the role.
        RAISE EXCEPTION USING ERRCODE = 'ZZZZZ';
      EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
      END $$`)
    return new Attempts(client)
  }

  /** Which of the statements the role has the right to. One that fails for another reason than rights counts as permitted. */
  async permitted(role: string, statements: readonly string[]): Promise<readonly boolean[]> {
    const { rows } = await this.#client.query<{ state: string }>(
      'SELECT pg_temp.attempt($1, statement) AS state FROM unnest($2::text[]) WITH ORDINALITY AS s (statement, n) ORDER BY n',
      [role, statements],
    )
    const broken = rows.findIndex(({ state }) => state.startsWith('42') && ![DENIED, NOT_OF_THIS_TABLE].includes(state))
    if (broken >= 0) throw new Error(`${rows[broken]?.state} at ${statements[broken]}`)
    return rows.map(({ state }) => state !== DENIED)
  }

  /** What a role can do to a table: `select insert update(size, root)`, in the order of `ACTIONS`. */
  async rightsOf(role: string, table: TriedTable): Promise<Rights> {
    const { name, columns } = table
    const whole = await this.permitted(
      role,
      ACTIONS.map(({ statement }) => statement(name)),
    )
    const updates = await this.permitted(
      role,
      columns.map(column => `UPDATE ${name} SET ${column} = DEFAULT WHERE false`),
    )
    const inserts = await this.permitted(
      role,
      columns.map(column => `INSERT INTO ${name} (${column}) OVERRIDING SYSTEM VALUE SELECT NULL WHERE false`),
    )
    const copies = await this.#mayCopy(role, name)
    const words = ACTIONS.filter((_, n) => whole[n]).map(({ word }) => word)
    return [
      ...words,
      ...some('insert', columns, inserts),
      ...some('update', columns, updates),
      ...(copies ? ['copy'] : []),
    ].join(' ')
  }

  /** COPY FROM a client: not possible within a function. The driver breaks it off once it was permitted to begin. */
  async #mayCopy(role: string, table: string): Promise<boolean> {
    await this.#client.query('BEGIN')
    try {
      await this.#client.query(`SET LOCAL ROLE ${role}`)
      await this.#client.query(`COPY ${table} FROM STDIN`)
      return true
    } catch (thrown) {
      const { code = '' } = thrown as { code?: string }
      return ![DENIED, NOT_WITH_POLICIES].includes(code)
    } finally {
      await this.#client.query('ROLLBACK')
    }
  }
}

const some = (word: string, columns: readonly string[], may: readonly boolean[]): readonly string[] => {
  const allowed = columns.filter((_, n) => may[n])
  if (allowed.length === 0) return []
  return [allowed.length === columns.length ? word : `${word}(${allowed.join(', ')})`]
}

const ACTIONS: readonly { readonly word: string; readonly statement: (table: string) => string }[] = [
  { word: 'select', statement: table => `SELECT FROM ${table}` },
  { word: 'delete', statement: table => `DELETE FROM ${table} WHERE false` },
  { word: 'truncate', statement: table => `TRUNCATE ${table} CASCADE` },
  { word: 'alter', statement: table => `ALTER TABLE ${table} RENAME TO renamed` },
  { word: 'constraint', statement: table => `ALTER TABLE ${table} ADD CONSTRAINT added CHECK (true)` },
  { word: 'disable-triggers', statement: table => `ALTER TABLE ${table} DISABLE TRIGGER ALL` },
  {
    word: 'trigger',
    statement: table =>
      `CREATE TRIGGER added BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
  },
  { word: 'rule', statement: table => `CREATE RULE added AS ON INSERT TO ${table} DO NOTHING` },
  { word: 'policy', statement: table => `CREATE POLICY added ON ${table}` },
  { word: 'index', statement: table => `CREATE INDEX ON ${table} ((1))` },
  { word: 'drop', statement: table => `DROP TABLE ${table} CASCADE` },
]
