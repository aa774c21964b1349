import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadResult } from './load/job.ts'
import { type DatabaseFigures, figuresEach } from './measure/database.ts'
import { cpuByProcess, cpuOf, titleOf } from './measure/processes.ts'
import { type Batches, batchesIn, difference, type Reading, scrape, stepsIn } from './measure/scrape.ts'
import type { Stage } from './stage.ts'
import type { Lienthong } from './subjects/lienthong.ts'
import type { Subject } from './subjects/subject.ts'

export interface Load {
  readonly request: Buffer
  readonly connections: number
  /** Requests a second; null: closed loop. */
  readonly rate: number | null
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** One subject under one load. CPU in microseconds an exchange, over every process of the subject. */
export interface Trial {
  readonly subject: string
  readonly perSecond: number
  readonly load: LoadResult
  readonly cpu: number
  readonly cpuByPart: Readonly<Record<string, number>>
  readonly generatorCpu: number
  readonly providerCpu: number
}

export interface LienthongTrial extends Trial {
  /** CPU of the server's processes by what they are for. */
  readonly postgres: readonly { readonly process: string; readonly micros: number }[]
  readonly batches: Batches
  readonly steps: readonly { readonly step: string; readonly micros: number }[]
  /** For each exchange, at this load. */
  readonly database: DatabaseFigures
  /** Records that the search index lacked when the load ended; its filling is counted in `cpu`. */
  readonly backlog: number
}

interface Sample {
  readonly parts: Readonly<Record<string, number>>
  readonly provider: number
}

const sampleOf = (subject: Subject, stage: Stage): Sample => ({
  parts: Object.fromEntries(Object.entries(subject.parts).map(([name, pid]) => [name, cpuOf(pid)])),
  provider: cpuOf(stage.providerPid),
})

/** Runs a load against a subject; `atStart` and `atEnd` look at whatever else there is to see. */
async function run(
  stage: Stage,
  subject: Subject,
  load: Load,
  atStart: () => Promise<void> = async () => undefined,
  atEnd: () => Promise<void> = async () => undefined,
): Promise<Trial> {
  const { request, connections, rate, warmUpSeconds, seconds } = load
  await stage.load.start({ port: subject.port, request, connections, rate })
  await sleep(warmUpSeconds * 1000)
  await atStart()
  const before = sampleOf(subject, stage)
  await stage.load.mark()
  await sleep(seconds * 1000)
  const result = await stage.load.result()
  const after = sampleOf(subject, stage)
  await atEnd()
  await stage.load.stop()
  if (result.failures > 0)
    throw new Error(`${subject.name}: ${result.failures} of the answers failed, first with ${result.firstFailure}`)
  const each = (micros: number): number => micros / Math.max(1, result.answers)
  const cpuByPart = Object.fromEntries(
    Object.entries(after.parts).map(([name, micros]) => [name, each(micros - (before.parts[name] ?? 0))]),
  )
  return {
    subject: subject.name,
    perSecond: result.answers / result.seconds,
    load: result,
    cpu: sum(Object.values(cpuByPart)),
    cpuByPart,
    generatorCpu: each(result.cpu),
    providerCpu: each(after.provider - before.provider),
  }
}

export const tryNginx = (stage: Stage, subject: Subject, load: Load): Promise<Trial> => run(stage, subject, load)

/**
 * The same for Lienthong, with what its metrics and its database tell. Work that the gateway puts off (the search index) is
 * its work: what was left when the load ended is waited for and its CPU added.
 */
export async function tryLienthong(stage: Stage, subject: Lienthong, load: Load): Promise<LienthongTrial> {
  const { probe, parts } = subject
  const look = async () => ({
    figures: await probe.figures(),
    backlog: await probe.backlog(),
    sessions: await probe.sessions(),
    reading: await scrape(subject.opsPort),
    processes: cpuByProcess(parts.PostgreSQL ?? 0),
  })
  const looks: Awaited<ReturnType<typeof look>>[] = []
  let cpuAtEnd: Readonly<Record<string, number>> = {}
  const trial = await run(
    stage,
    subject,
    load,
    async () => void looks.push(await look()),
    async () => {
      looks.push(await look())
      cpuAtEnd = sampleOf(subject, stage).parts
    },
  )
  const [start, end] = looks
  if (!start || !end) throw new TypeError('a run looks at its start and at its end')
  await subject.caughtUp()
  const caughtUp = sampleOf(subject, stage).parts
  const owed = end.backlog === 0 ? 0 : Math.max(0, end.backlog - start.backlog) / end.backlog
  const cpuByPart = Object.fromEntries(
    Object.entries(trial.cpuByPart).map(([name, micros]) => {
      const tail = (caughtUp[name] ?? 0) - (cpuAtEnd[name] ?? 0)
      return [name, micros + (owed * tail) / trial.load.answers]
    }),
  )
  const reading: Reading = difference(start.reading, end.reading)
  const answers = trial.load.answers
  return {
    ...trial,
    cpu: sum(Object.values(cpuByPart)),
    cpuByPart,
    postgres: byPurpose(start.processes, end.processes, end.sessions, answers),
    batches: batchesIn(reading),
    steps: stepsIn(reading),
    database: figuresEach(start.figures, end.figures, answers),
    backlog: end.backlog,
  }
}

/** CPU of the server's processes, summed by what they serve: lane (commits), pool (search index and the rest), its own. */
function byPurpose(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  sessions: ReadonlyMap<number, string>,
  answers: number,
): LienthongTrial['postgres'] {
  const sums = new Map<string, number>()
  for (const [pid, micros] of after) {
    const name = nameOf(sessions.get(pid) ?? titleOf(pid))
    sums.set(name, (sums.get(name) ?? 0) + micros - (before.get(pid) ?? micros))
  }
  return [...sums]
    .map(([process, micros]) => ({ process, micros: micros / answers }))
    .filter(({ micros }) => micros >= 0.05)
    .sort((a, b) => b.micros - a.micros)
}

function nameOf(session: string): string {
  if (session.startsWith('lane '))
    return session.includes('control') ? 'session of the control lane' : 'session of the lane'
  if (session.startsWith('lienthong ')) return 'sessions of the pool (search index)'
  return session
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
