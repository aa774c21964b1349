import cliProgress from 'cli-progress'
import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ExchangeId, parseExchangeId } from '../../domain/exchange-id.ts'
import { type Instant, parseInstant } from '../../domain/instant.ts'
import { parseServiceId, type ServiceId } from '../../domain/service-id.ts'
import { parseUnitCode, type UnitCode } from '../../domain/unit-code.ts'
import { systemClock } from '../../edge/clock.ts'
import { describe } from '../../edge/operations-log.ts'
import { packMaker } from '../../edge/pack-maker.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { noteRead } from '../../edge/postgres/officer-events.ts'
import type { PackScope, Unprepared } from '../../review/pack/ports.ts'
import { describeScope } from '../../review/pack/scope-text.ts'
import { openKeyring, orMisuse } from '../keys/open-keys.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { loadPolicies } from '../policy/load-policies.ts'
import { readSettings, type Settings } from '../settings.ts'
import { SOFTWARE } from '../version.ts'
import { withStore } from '../with-store.ts'
import { reading } from './reading.ts'
import { writeWhole } from './write-whole.ts'

interface Flags {
  readonly exchange?: ExchangeId
  readonly unit?: UnitCode
  readonly service?: ServiceId
  readonly from?: Instant
  readonly to?: Instant
  readonly commitmentKeys?: true
  readonly out?: string
  readonly json?: true
}

/** A gateway that runs names every lane's head within five seconds. */
const PATIENCE_MILLIS = 15_000

export const exportCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('export')
    .description('Writes an evidence pack: records with all that proves them, signed; `audit verify PACK` checks it')
    .option('--exchange <id>', 'of this exchange', reading(parseExchangeId))
    .option('--unit <code>', 'of this unit or one below it, as consumer or provider', reading(parseUnitCode))
    .option('--service <id>', 'of this service, G99.10/categories/v1', reading(parseServiceId))
    .option('--from <time>', 'from this time, 2026-01-01T00:00:00+07:00', reading(parseInstant))
    .option('--to <time>', 'before this time', reading(parseInstant))
    .option('--commitment-keys', 'of a range: also what payloads can be compared with (of an exchange always)')
    .option('--out <file>', 'where to (unless told: pack-….asice here); a file that is there is not replaced')
    .option('--json', 'print the result as JSON')
    .action(async (flags: Flags) => {
      const scope = scopeOf(flags)
      const settings = readSettings(environment)
      await withStore(settings, database => exportPack(database, settings, scope, flags))
    })

function scopeOf({ exchange, unit, service, from, to }: Flags): PackScope {
  if (exchange !== undefined) {
    if ([unit, service, from, to].some(flag => flag !== undefined))
      throw new Misuse('--exchange goes with no other filter')
    return { kind: 'exchange', exchange }
  }
  if (from === undefined || to === undefined || from >= to)
    throw new Misuse('name an exchange with --exchange, or a time with --from and --to')
  return { kind: 'range', unit: unit ?? null, service: service ?? null, from, to }
}

async function exportPack(database: Database, settings: Settings, scope: PackScope, flags: Flags): Promise<void> {
  const withKeys = scope.kind === 'exchange' || flags.commitmentKeys === true
  if (!existsSync(settings.keysDir))
    throw new Misuse(`there are no keys in ${settings.keysDir}: set KEYS_DIR or DATA_DIR, or start a gateway first`)
  await noteRead(database, describeScope(scope, withKeys))
  const keys = await openKeyring(settings, thrown =>
    process.stderr.write(`lienthong: keys: ${JSON.stringify(describe(thrown))}\n`),
  )
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {value} of {total} records | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: true,
    // It would end the process before the unfinished file is removed.
    gracefulExit: false,
  })
  try {
    const clock = systemClock()
    const maker = packMaker({
      database,
      follow: async () => undefined,
      keys,
      keysDir: settings.keysDir,
      gateway: settings.gatewayId,
      software: SOFTWARE,
      now: () => clock.now(),
      maySign: () => true,
      patienceMillis: PATIENCE_MILLIS,
    })
    let total = 0
    const made = await orMisuse(async () =>
      maker.make({
        scope,
        withKeys,
        signingKey: await signingKeys(database, settings),
        progress(records, all) {
          if (total === 0 && flags.json !== true) bar.start(all, 0)
          total = all
          bar.increment(records)
        },
      }),
    )
    if (!made.ok) return tellWhy(made.error, flags.json)
    const path = resolve(flags.out ?? made.value.fileName)
    const stop = new AbortController()
    const interrupt = (): void => stop.abort()
    process.once('SIGINT', interrupt)
    const bytes = await writeWhole(path, made.value.bytes, stop.signal).finally(() => process.off('SIGINT', interrupt))
    bar.stop()
    if (bytes === null) process.exitCode = EXIT.interrupted
    else if (flags.json) console.log(JSON.stringify({ file: path, records: made.value.records, bytes }))
    else console.log(`${path}: ${made.value.records} records, ${bytes} bytes`)
  } finally {
    bar.stop()
    keys.close()
  }
}

/** The systems' signing keys of the newest revision. Without a chain that verifies a pack goes without them. */
async function signingKeys(database: Database, settings: Settings): Promise<(id: string) => string | null> {
  try {
    const { systems } = (await loadPolicies(database, settings)).newest.configuration
    const pems = new Map(systems.flatMap(({ signingKeys: own }) => own.map(({ id, pem }) => [String(id), pem])))
    return id => pems.get(id) ?? null
  } catch (thrown) {
    if (!(thrown instanceof Misuse)) throw thrown
    process.stderr.write(`lienthong: signing keys of systems are left out: ${thrown.message}\n`)
    return () => null
  }
}

const REASONS = {
  nothing: 'there are no such records',
  'lane-not-named':
    'the control lane has not named the newest records yet: try again in ten seconds, while a gateway runs',
  'revision-not-recorded':
    'the control lane has not recorded a revision yet: try again in ten seconds, while a gateway runs',
  'key-not-recorded': 'the control lane does not know the key for packs yet: start a gateway, and try again',
} as const satisfies Record<Unprepared['reason'], string>

function tellWhy({ reason }: Unprepared, json: true | undefined): void {
  if (json) console.log(JSON.stringify({ file: null, reason }))
  else process.stderr.write(`lienthong: ${REASONS[reason]}\n`)
  process.exitCode = EXIT.foundWrong
}
