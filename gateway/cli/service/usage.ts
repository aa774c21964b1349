import { Command, InvalidArgumentError } from 'commander'
import { formatInstant, type Instant, parseInstant } from '../../domain/instant.ts'
import { parseServiceId, type ServiceId } from '../../domain/service-id.ts'
import { systemClock } from '../../edge/clock.ts'
import { noteRead } from '../../edge/postgres/officer-events.ts'
import { readUsageOfService } from '../../edge/postgres/usage-of-service.ts'
import { isWithheld, type ServiceUse } from '../../review/usage-of-service.ts'
import { EXIT } from '../misuse.ts'
import { reading } from '../policy/read-flags.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'

interface Flags {
  readonly from: Instant
  readonly to?: Instant
  readonly json?: true
}

export const usageCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('usage')
    .description('Who used a service, under which agreement, with which outcome, and which answers were withheld')
    .argument('<id>', 'the service, G99.10/categories/v1', reading(parseServiceId))
    .requiredOption('--from <time>', 'since when, 2026-11-01T00:00:00+07:00', reading(parseInstant))
    .option('--to <time>', 'until when, exclusive (unless told: now)', reading(parseInstant))
    .option('--json', 'print the result as JSON')
    .action(async (service: ServiceId, { from, to = systemClock().now(), json }: Flags) => {
      if (to <= from) throw new InvalidArgumentError('--to is later than --from')
      const settings = readSettings(environment)
      const uses = await withStore(settings, async database => {
        await noteRead(database, `service usage ${service} from=${formatInstant(from)} to=${formatInstant(to)}`)
        return readUsageOfService(database, service, from, to)
      })
      const withheld = uses.filter(isWithheld)
      const range = { from: formatInstant(from), to: formatInstant(to) }
      if (json) console.log(JSON.stringify({ service, ...range, uses, withheld }))
      else print(service, range, uses, withheld)
      process.exitCode = EXIT.good
    })

function print(
  service: ServiceId,
  { from, to }: { readonly from: string; readonly to: string },
  uses: readonly ServiceUse[],
  withheld: readonly ServiceUse[],
): void {
  console.log(`${service} from ${from} to ${to}: ${sum(uses)} exchanges`)
  for (const { consumer, agreement, operation, kind, code, count } of uses)
    console.log(`  ${count}  ${consumer ?? '-'}  ${agreement ?? '-'}  ${operation ?? '-'}  ${code ?? kind}`)
  console.log(`answers withheld: ${sum(withheld)}`)
  for (const { consumer, operation, code, count } of withheld)
    console.log(`  ${count}  ${consumer ?? '-'}  ${operation ?? '-'}  ${code}`)
}

const sum = (uses: readonly ServiceUse[]): number => uses.reduce((total, { count }) => total + Number(count), 0)
