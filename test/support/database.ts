import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { fenceDatabase } from '../../gateway/edge/postgres/migrations/fence.ts'

/** The database that fresh ones are copied from; migrated once by start-cluster.ts. */
export const TEMPLATE = 'lienthong_template'

export interface FreshDatabase {
  /** Superuser. */
  readonly adminUrl: string
  /** The run-time role. */
  readonly runtimeUrl: string
  /** The logins of processes with one role. */
  readonly exchangeUrl: string
  readonly officeUrl: string
  /** Cuts every connection to it. */
  drop(): Promise<void>
}

/** A migrated, empty database of its own for one test or file, in the cluster of this test run. */
export function freshDatabase(): Promise<FreshDatabase> {
  return databaseFrom(TEMPLATE)
}

/** A copy of a database that nobody is connected to. */
export function copyOf(database: FreshDatabase): Promise<FreshDatabase> {
  return databaseFrom(new URL(database.adminUrl).pathname.slice(1))
}

async function databaseFrom(template: string): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin('postgres', client => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`))
  await asAdmin(name, fenceDatabase)
  return {
    adminUrl: urlOf('TEST_DATABASE_ADMIN_URL', name),
    runtimeUrl: urlOf('TEST_DATABASE_RUNTIME_URL', name),
    exchangeUrl: urlOf('TEST_DATABASE_EXCHANGE_URL', name),
    officeUrl: urlOf('TEST_DATABASE_OFFICE_URL', name),
    drop: () => asAdmin('postgres', client => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  }
}

function urlOf(variable: `TEST_DATABASE_${'ADMIN' | 'RUNTIME' | 'EXCHANGE' | 'OFFICE'}_URL`, database: string): string {
  const given = process.env[variable]
  if (given === undefined) throw new Error(`${variable} is not set: start-cluster.ts must be the globalSetup of Jest`)
  const url = new URL(given)
  url.pathname = `/${database}`
  return url.href
}

async function asAdmin(database: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: urlOf('TEST_DATABASE_ADMIN_URL', database) })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
