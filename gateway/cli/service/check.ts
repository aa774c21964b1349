import { Command } from 'commander'
import { existsSync } from 'node:fs'
import type { Agreement, Service } from '../../configuration/objects.ts'
import { distinctSchemasOf } from '../../control/schemas-of-service.ts'
import { parseServiceId } from '../../domain/service-id.ts'
import { lintAside } from '../../edge/schemas/lint-aside.ts'
import { brokenAgreements, compareServices, type Comparison } from '../../schema/compatibility/compare-services.ts'
import { lintOpenapi } from '../../schema/lint-openapi.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { loadPolicies } from '../policy/load-policies.ts'
import { formatErrors } from '../serve/read-configuration.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { type ReadService, readService } from './read-service.ts'

interface Finding {
  readonly severity: 'error' | 'warning'
  /** `listProvinces, answer 200`; `` for the document. */
  readonly place: string
  readonly pointer: string
  readonly message: string
}

interface Against {
  readonly name: string
  readonly service: Service
  readonly agreements: readonly Agreement[]
}

export const checkCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('check')
    .description(
      'Says what keeps a service from being registered (exit code 1), and what a new version would break (1)',
    )
    .argument('<folder>', 'folder with service.yaml and openapi.yaml, or one of the two')
    .option('--against <old>', 'the version that it follows: a folder, or the id of a service of the newest revision')
    .option('--json', 'print the result as JSON')
    .action(async (folder: string, { against, json }: { against?: string; json?: true }) => {
      const read = readService(folder)
      if (!read.ok) {
        if (json) console.log(JSON.stringify({ good: false, errors: read.error }))
        else console.log(formatErrors(read.error))
        process.exitCode = EXIT.foundWrong
        return
      }
      const findings = await findingsOf(read.value)
      const older = against === undefined ? null : await olderOf(against, environment)
      const compared = older && compareServices(older.service, read.value.service)
      const broken = older && compared ? brokenAgreements(compared, older.service, older.agreements) : []
      if (json)
        console.log(
          JSON.stringify({
            service: read.value.service.id,
            findings,
            against: older?.name ?? null,
            ...compared,
            broken,
          }),
        )
      else print(read.value.service, findings, older, compared, broken)
      const isGood = findings.every(({ severity }) => severity === 'warning')
      const fits = compared === null || compared.compatibility === 'full' || compared.compatibility === 'backward'
      process.exitCode = isGood && fits ? EXIT.good : EXIT.foundWrong
    })

/** Compiled aside: the file comes from somebody. */
async function findingsOf({ service, document }: ReadService): Promise<readonly Finding[]> {
  const schemas = distinctSchemasOf(service)
  const faults = await lintAside(schemas.map(({ schema }) => schema))
  return [
    ...schemas.flatMap(({ place }, n) =>
      (faults[n] ?? []).map(fault => ({ severity: 'error' as const, place, ...fault })),
    ),
    ...lintOpenapi(document.openapi).map(doubt => ({ severity: 'warning' as const, place: '', ...doubt })),
  ]
}

async function olderOf(against: string, environment: NodeJS.ProcessEnv): Promise<Against> {
  const id = parseServiceId(against)
  if (!id.ok || existsSync(against)) {
    const read = readService(against)
    if (!read.ok) throw new Misuse(`--against: ${against} does not hold together:\n${formatErrors(read.error)}`)
    return { name: against, service: read.value.service, agreements: [] }
  }
  const settings = readSettings(environment)
  const { newest } = await withStore(settings, database => loadPolicies(database, settings))
  const service = newest.configuration.services.find(each => each.id === id.value)
  if (!service) throw new Misuse(`--against: revision ${newest.number} has no service ${id.value}`)
  return { name: id.value, service, agreements: newest.configuration.agreements }
}

const MEANINGS = {
  full: 'callers of either version get on with the other',
  backward: 'callers of the old version get on with the new one',
  forward: 'callers of the new version would get on with the old one; those of the old one break',
  none: 'callers of the old version break',
} as const satisfies Record<Comparison['compatibility'], string>

const VIEWS = {
  backward: 'for callers of the old version',
  forward: 'for callers of the new version at the old one',
} as const

function print(
  service: Service,
  findings: readonly Finding[],
  older: Against | null,
  compared: Comparison | null,
  broken: ReturnType<typeof brokenAgreements>,
): void {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  console.log(`${service.id}: ${errors} errors, ${findings.length - errors} warnings`)
  for (const { severity, place, pointer, message } of findings)
    console.log(`  ${severity}  ${[place, pointer].filter(Boolean).join(' at ')}: ${message}`)
  if (!older || !compared) return
  console.log(`compatibility with ${older.name}: ${compared.compatibility} (${MEANINGS[compared.compatibility]})`)
  for (const direction of ['backward', 'forward'] as const) {
    const breaks = compared.breaks.filter(each => each.direction === direction)
    if (breaks.length > 0) console.log(`  ${VIEWS[direction]}:`)
    for (const { operation, place, pointer, reason } of breaks)
      console.log(
        `    ${operation}${place === '' ? '' : `, ${place}`}${pointer === '' ? '' : ` at ${pointer}`}: ${reason}`,
      )
  }
  for (const { agreement, operations } of broken) console.log(`  breaks ${agreement}: ${operations.join(', ')}`)
}
