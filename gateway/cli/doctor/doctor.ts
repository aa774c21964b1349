import { Command } from 'commander'
import { EXIT } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { checkCertificates } from './check-certificates.ts'
import { checkClock } from './check-clock.ts'
import { checkDatabase } from './check-database.ts'
import { checkExpiry } from './check-expiry.ts'
import { checkKeys } from './check-keys.ts'
import { checkPorts } from './check-ports.ts'
import { checkRevisions } from './check-revisions.ts'
import { checkRights } from './check-rights.ts'
import type { Check } from './check.ts'

const checks: readonly Check[] = [
  checkCertificates,
  checkExpiry,
  checkKeys,
  checkPorts,
  checkDatabase,
  checkRevisions,
  checkRights,
  checkClock,
]

export const doctorCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('doctor')
    .description(
      'Looks at certificates, keys, ports, database, revisions, rights and clock, and says how to mend what is wrong (exit code 1)',
    )
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: true }) => {
      const settings = readSettings(environment)
      const results = []
      for (const check of checks) results.push(...(await check(settings)))
      const good = results.every(({ state }) => state !== 'wrong')
      if (json) console.log(JSON.stringify({ good, results }))
      else for (const { state, what, detail } of results) console.log(`${MARK[state]} ${what}: ${detail}`)
      process.exitCode = good ? EXIT.good : EXIT.foundWrong
    })

const MARK = { good: '✓', warning: '!', wrong: '✗' } as const
