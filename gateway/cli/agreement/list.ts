import { Command, Option } from 'commander'
import { formatInstant, instantOfMinute, minuteOf } from '../../domain/instant.ts'
import { systemClock } from '../../edge/clock.ts'
import { type Standing, STANDINGS, standingsOf } from '../../policy/agreement-standing.ts'
import { EXIT } from '../misuse.ts'
import { loadPolicies } from '../policy/load-policies.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'

export const listCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('list')
    .description(
      'Lists agreements with their states: which are in force, end soon, or wait for a security confirmation',
    )
    .addOption(new Option('--state <state>', 'only those in this state').choices(STANDINGS))
    .option('--json', 'print the result as JSON')
    .action(async ({ state, json }: { state?: Standing; json?: true }) => {
      const settings = readSettings(environment)
      const { newest } = await withStore(settings, database => loadPolicies(database, settings))
      const minute = minuteOf(systemClock().now())
      const agreements = newest.configuration.agreements
        .map(agreement => ({ agreement, states: standingsOf(agreement, minute) }))
        .filter(({ states }) => state === undefined || states.includes(state))
        .map(({ agreement, states }) => ({
          id: agreement.id,
          consumer: agreement.consumer,
          service: agreement.service,
          purposes: agreement.purposes,
          from: formatInstant(instantOfMinute(agreement.from)),
          until: formatInstant(instantOfMinute(agreement.until)),
          securityConfirmedUntil: formatInstant(instantOfMinute(agreement.securityConfirmedUntil)),
          states,
        }))
      if (json) console.log(JSON.stringify({ revision: newest.number, agreements }))
      else {
        for (const { id, consumer, service, until, states } of agreements)
          console.log(`${id}  ${consumer}  ${service}  until ${until}  ${states.join(', ')}`)
        console.log(agreements.length === 1 ? '1 agreement' : `${agreements.length} agreements`)
      }
      process.exitCode = EXIT.good
    })
