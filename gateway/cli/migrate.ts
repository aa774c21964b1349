import { Command } from 'commander'
import { migrate } from '../edge/postgres/migrations/migrate.ts'
import { Misuse } from './misuse.ts'
import { readSettings } from './settings.ts'

export const migrateCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('migrate')
    .description(
      'Brings the tables of DATABASE_ADMIN_URL up to this version (the embedded database is migrated by itself)',
    )
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { databaseAdminUrl } = readSettings(environment)
      if (databaseAdminUrl === null)
        throw new Misuse('set DATABASE_ADMIN_URL to a role that may create tables: the run-time role may not')
      const { applied } = await migrate(databaseAdminUrl)
      if (json) console.log(JSON.stringify({ applied }))
      else
        console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to do: the tables are up to date')
    })
