import { type Comparison, isLienthong, othersBusy } from './compare.ts'
import { millis, percent, round, table } from './print.ts'
import { type LienthongTrial, median, type Trial } from './trial.ts'

/** The comparison in words and tables. */
export function describe(comparison: Comparison): string {
  const { machine, nginxVersion, connections, seconds, ratio, ratioByPart, getRatio, rounds } = comparison
  const ours = rounds.filter(isLienthong)
  const parts = Object.entries(ratioByPart ?? {}).map(([name, value]) => `${name} ${round(value)}`)
  return [
    `${machine.cpu}, ${machine.cores} cores, load ${machine.load.map(value => round(value)).join(' ')}, Node ${machine.node}, ` +
      `${nginxVersion ?? 'no nginx'}; ${connections} connections, ${seconds} s each`,
    ratio === null
      ? 'No ratio: nginx is not installed. `apt-get install nginx` (it need not run), or name its program in BENCH_NGINX.'
      : `Ratio to nginx, CPU of an exchange over all processes: POST ${round(ratio)} (${parts.join(', ')}), GET ${round(getRatio ?? 0)}`,
    section('POST, closed loop, in the order of the run (µs of CPU an exchange)', trials(rounds)),
    section('GET, closed loop', trials(both(comparison.get))),
    section(`POST, open loop at ${comparison.open.rate} a second`, trials(both(comparison.open))),
    comparison.ceiling === null ? '' : ceiling(comparison.ceiling, ours),
    ours[0] ? section('Log and database, for each exchange (POST, closed loop)', storage(ours)) : '',
    ours[0] ? section('CPU of PostgreSQL (µs an exchange)', postgres(ours)) : '',
    ours[0] ? section('Wall time of each step (µs; closed loop and open loop)', steps(comparison, ours)) : '',
    profile(comparison, ours),
  ]
    .filter(text => text !== '')
    .join('\n\n')
}

const section = (title: string, body: string): string => `${title}\n${body}`

const both = ({ nginx, lienthong }: Comparison['get']): readonly Trial[] => (nginx ? [nginx, lienthong] : [lienthong])

function trials(rounds: readonly Trial[]): string {
  return table(
    ['subject', 'CPU', 'gateway', 'PostgreSQL', 'a second', 'p50', 'p99', 'generator', 'provider', 'their core'],
    rounds.map(trial => [
      trial.subject,
      round(trial.cpu),
      round(trial.cpuByPart.gateway ?? 0),
      round(trial.cpuByPart.PostgreSQL ?? 0),
      Math.round(trial.perSecond),
      millis(trial.load.p50),
      millis(trial.load.p99),
      round(trial.generatorCpu),
      round(trial.providerCpu),
      percent(othersBusy(trial)),
    ]),
  )
}

function ceiling(alone: Trial, ours: readonly LienthongTrial[]): string {
  const reached = median(ours.map(({ perSecond }) => perSecond))
  return (
    `Load generator against nginx answering by itself: ${Math.round(alone.perSecond)} a second, ` +
    `${round(alone.generatorCpu)} µs of its CPU each; Lienthong reached ${Math.round(reached)}.`
  )
}

const mean = (ours: readonly LienthongTrial[], pick: (trial: LienthongTrial) => number): number =>
  median(ours.map(pick))

function storage(ours: readonly LienthongTrial[]): string {
  const of = (pick: (trial: LienthongTrial) => number, digits = 1): string => round(mean(ours, pick), digits)
  return table(
    ['figure', 'value'],
    [
      ['records', of(trial => trial.database.records, 2)],
      ['bytes of leaves', of(trial => trial.database.leafBytes, 0)],
      ['bytes of WAL', of(trial => trial.database.walBytes, 0)],
      ['rows inserted', of(trial => trial.database.rowsInserted, 2)],
      ['transactions', of(trial => trial.database.transactions, 3)],
      ['records a commit', of(trial => trial.batches.records / trial.batches.commits)],
      ['milliseconds a commit', of(trial => trial.batches.commitMillis, 2)],
      ['records not in the search index when the load ended', of(trial => trial.backlog, 0)],
    ],
  )
}

function postgres(ours: readonly LienthongTrial[]): string {
  const [last] = ours.slice(-1)
  return table(
    ['process', 'µs'],
    (last?.postgres ?? []).map(({ process, micros }) => [process, round(micros)]),
  )
}

function steps({ open }: Comparison, ours: readonly LienthongTrial[]): string {
  const half = new Map(open.lienthong.steps.map(({ step, micros }) => [step, micros]))
  const [last] = ours.slice(-1)
  return table(
    ['step', 'closed', 'open'],
    (last?.steps ?? []).map(({ step, micros }) => [step, round(micros), round(half.get(step) ?? 0)]),
  )
}

const MOST_FUNCTIONS = 30

/** Shares of a profiled run, applied to the CPU of the plain ones. */
function profile({ profile: found }: Comparison, ours: readonly LienthongTrial[]): string {
  if (!found) return ''
  const gateway = mean(ours, trial => trial.cpuByPart.gateway ?? 0)
  const rows = (shares: readonly { name: string; share: number }[]) =>
    shares
      .filter(({ share }) => share >= 0.003)
      .map(({ name, share }) => [name, round(share * gateway), percent(share)])
  return [
    section('CPU of the gateway by step (µs an exchange)', table(['step', 'µs', 'share'], rows(found.steps))),
    section('CPU of the gateway by place', table(['place', 'µs', 'share'], rows(found.places))),
    section(
      'CPU of the gateway by function, without what it calls',
      table(['function', 'µs', 'share'], rows(found.functions).slice(0, MOST_FUNCTIONS)),
    ),
    section(
      'CPU of the gateway by function, with what it calls (they overlap)',
      table(['function', 'µs', 'share'], rows(found.withCallees).slice(0, 2 * MOST_FUNCTIONS)),
    ),
  ].join('\n\n')
}
