import cliProgress from 'cli-progress'
import { Command } from 'commander'
import { formatInstant, type Instant, parseInstant } from '../../domain/instant.ts'
import { openDecidedReader } from '../../edge/postgres/decided-records.ts'
import { noteRead } from '../../edge/postgres/officer-events.ts'
import { type Difference, type ReplayedLog, replayLog } from '../../review/replay-log.ts'
import type { Policies } from '../../snapshot/policies.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { type Candidate, candidateOf } from './candidate.ts'
import { addCandidateOptions, type CandidateOptions } from './candidate-options.ts'
import { loadPolicies } from './load-policies.ts'
import { printReplay } from './print-replay.ts'
import { reading } from './read-flags.ts'

interface Flags extends CandidateOptions {
  readonly from?: Instant
  readonly to?: Instant
  readonly each?: true
  readonly json?: true
}

export const replayCommand = (environment: NodeJS.ProcessEnv): Command =>
  addCandidateOptions(
    new Command('replay')
      .description('Decides recorded exchanges again and lists what would differ (exit code 1)')
      .option('--from <time>', 'records from this time, 2026-01-01T00:00:00+07:00', reading(parseInstant))
      .option('--to <time>', 'records before this time', reading(parseInstant)),
  )
    .option('--each', 'print every exchange that would differ as a line of JSON, before the result')
    .option('--json', 'print the result as JSON')
    .action(async ({ from, to, each, json, ...options }: Flags) => {
      const settings = readSettings(environment)
      const time = { from: from ?? null, to: to ?? null }
      if (time.from !== null && time.to !== null && time.from >= time.to) throw new Misuse('--to: is not behind --from')
      const { candidate, replayed } = await withStore(settings, async (database, url) => {
        const policies = await loadPolicies(database, settings)
        await noteRead(database, `policy replay ${describeTime(time)}`)
        const tried = await candidateOf(options, database, policies, settings)
        return { candidate: tried, replayed: await replay(url, policies, tried, time, each === true, json !== true) }
      })
      if (json) console.log(JSON.stringify({ policy: candidate.name, ...replayed }))
      else printReplay(candidate.name, replayed)
      process.exitCode = replayed.differences.length === 0 && replayed.findingCount === 0 ? EXIT.good : EXIT.foundWrong
    })

async function replay(
  url: string,
  policies: Policies,
  { snapshot }: Candidate,
  time: { readonly from: Instant | null; readonly to: Instant | null },
  each: boolean,
  bar: boolean,
): Promise<ReplayedLog> {
  const reader = await openDecidedReader(url, time)
  const progress = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {value} of {total} records | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: true,
    // It would end the process before what is known is told.
    gracefulExit: false,
  })
  const stop = new AbortController()
  // Once: what is known so far is reported. A second one ends the process as always.
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt)
  if (bar) progress.start(reader.size, 0)
  try {
    return await replayLog({
      reader,
      candidate: snapshot,
      policyOf: number => policies.policyOf(number),
      ...time,
      signal: stop.signal,
      onProgress: advance => progress.increment(advance),
      ...(each ? { onDifference: printDifference } : {}),
    })
  } finally {
    process.off('SIGINT', interrupt)
    if (bar) progress.stop()
    await reader.close()
  }
}

const describeTime = ({ from, to }: { readonly from: Instant | null; readonly to: Instant | null }): string =>
  `from=${from === null ? '-' : formatInstant(from)} to=${to === null ? '-' : formatInstant(to)}`

const printDifference = ({ at, ...rest }: Difference): void =>
  void process.stdout.write(`${JSON.stringify({ at: formatInstant(at), ...rest })}\n`)
