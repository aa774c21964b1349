/** The embedded server cannot run here. The message is for the person who started the gateway and says how to mend it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/** What always helps: a server that somebody else runs. */
export const WAY_OUT = 'or set DATABASE_URL to use a PostgreSQL server of your own'
