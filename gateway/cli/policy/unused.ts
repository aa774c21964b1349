import { Command } from 'commander'
import { formatInstant, type Instant } from '../../domain/instant.ts'
import { systemClock } from '../../edge/clock.ts'
import { noteRead } from '../../edge/postgres/officer-events.ts'
import { readUseOfAgreements } from '../../edge/postgres/use-of-agreements.ts'
import { findUnused, type Unused } from '../../review/find-unused.ts'
import type { UseOfAgreements } from '../../review/usage-of-service.ts'
import { EXIT } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { loadPolicies } from './load-policies.ts'
import { readDays } from './read-flags.ts'

const DAY_MICROS = 86_400_000_000

export const unusedCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('unused')
    .description(
      'Lists agreements and granted operations that no permitted exchange has used (exit code 1 where there are some)',
    )
    .requiredOption('--days <number>', 'in this many days', readDays)
    .option('--json', 'print the result as JSON')
    .action(async ({ days, json }: { days: number; json?: true }) => {
      const settings = readSettings(environment)
      const now = systemClock().now()
      const since = (now - days * DAY_MICROS) as Instant
      const { unused, use } = await withStore(settings, async database => {
        const { newest } = await loadPolicies(database, settings)
        await noteRead(database, `policy unused days=${days}`)
        const read = await readUseOfAgreements(database, since)
        return { unused: findUnused(newest.configuration, read.uses, since, now), use: read }
      })
      const { oldest, behind } = use
      if (json)
        console.log(
          JSON.stringify({
            days,
            since: formatInstant(since),
            oldest: oldest === null ? null : formatInstant(oldest),
            behind,
            ...unused,
          }),
        )
      else print(days, since, use, unused)
      const isAllUsed = unused.agreements.length === 0 && unused.grants.length === 0
      process.exitCode = isAllUsed ? EXIT.good : EXIT.foundWrong
    })

function print(days: number, since: Instant, { oldest, behind }: UseOfAgreements, unused: Unused): void {
  const young = (isYoung: boolean): string => (isYoung ? `  (valid for less than ${days} days)` : '')
  console.log(`agreements without a permitted exchange in ${days} days: ${unused.agreements.length}`)
  for (const { agreement, consumer, service, suspended, isYoung } of unused.agreements)
    console.log(`  ${agreement}  ${consumer}  ${service}${suspended ? '  (suspended)' : ''}${young(isYoung)}`)
  console.log(`granted operations never called under an agreement that is used: ${unused.grants.length}`)
  for (const { agreement, service, operation, fields, isYoung } of unused.grants)
    console.log(`  ${agreement}  ${service} ${operation}  ${fields?.join(' ') ?? 'all fields'}${young(isYoung)}`)
  console.log(`operations called by nobody: ${unused.operations.length}`)
  for (const { service, operation } of unused.operations) console.log(`  ${service} ${operation}`)
  if (oldest === null || oldest > since)
    console.log(
      `the log ${oldest === null ? 'holds no record' : `begins at ${formatInstant(oldest)}`}: nothing is known before`,
    )
  if (behind > 0) console.log(`the search index lacks the newest ${behind} records yet`)
  console.log('fields of operations that are called: records do not say which of the granted ones an answer had')
}
