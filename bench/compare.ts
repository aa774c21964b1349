import { mkdirSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProfileSummary, summarise } from './measure/profile.ts'
import { REQUESTS } from './messages.ts'
import type { Stage } from './stage.ts'
import type { Lienthong } from './subjects/lienthong.ts'
import { nginxVersion } from './subjects/nginx.ts'
import type { Subject } from './subjects/subject.ts'
import { type LienthongTrial, type Load, median, sum, type Trial, tryLienthong, tryNginx } from './trial.ts'

export interface CompareOptions {
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  /** Of the gateway's node. */
  readonly nodeFlags: readonly string[]
  readonly profile: boolean
}

/** The same load on both; nginx is null where it is not installed. */
export interface Pair {
  readonly nginx: Trial | null
  readonly lienthong: LienthongTrial
}

export interface Comparison {
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly load: readonly number[]
    readonly node: string
  }
  readonly nginxVersion: string | null
  readonly connections: number
  readonly seconds: number
  /** The load generator against nginx answering by itself: what it can do when nothing holds it up. */
  readonly ceiling: Trial | null
  /** POST, closed loop, in the order in which they ran. */
  readonly rounds: readonly (Trial | LienthongTrial)[]
  /** CPU of Lienthong (median) over that of nginx (median), same run. */
  readonly ratio: number | null
  readonly ratioByPart: Readonly<Record<string, number>> | null
  readonly get: Pair
  readonly getRatio: number | null
  /** POST, open loop, both at half of what Lienthong's one core carries. */
  readonly open: Pair & { readonly rate: number }
  readonly profile: ProfileSummary | null
}

type Say = (what: string) => void

export async function compare(stage: Stage, options: CompareOptions, say: Say): Promise<Comparison> {
  const load = loadavg()
  const version = nginxVersion()
  say('starting the subjects')
  const lienthong = await stage.lienthong(options.nodeFlags)
  const nginx = version === null ? null : await stage.nginx()
  const closed: Load = { ...options, request: REQUESTS.post, rate: null }

  if (nginx) say('load generator alone')
  const ceiling = nginx
    ? await tryNginx(stage, nginx, { ...closed, request: REQUESTS.ceiling, warmUpSeconds: 1, seconds: 2 })
    : null
  const rounds = await interleave(stage, nginx, lienthong, closed, say)
  const ours = rounds.filter(isLienthong)
  const theirs = rounds.filter(round => !isLienthong(round))
  const base = theirs.length === 0 ? null : median(theirs.map(({ cpu }) => cpu))

  say('GET')
  const get = await pair(stage, nginx, lienthong, { ...closed, request: REQUESTS.get, warmUpSeconds: 1 })
  const rate = Math.floor(median(ours.map(({ perSecond }) => perSecond)) / 2)
  say(`open loop at ${rate} a second`)
  const open = await pair(stage, nginx, lienthong, { ...closed, rate, warmUpSeconds: 1 })
  await lienthong.stop()
  await nginx?.stop()

  const profile = options.profile ? await profiled(stage, closed, say) : null
  return {
    machine: { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), load, node: process.version },
    nginxVersion: version,
    connections: options.connections,
    seconds: options.seconds,
    ceiling,
    rounds,
    ratio: base === null ? null : median(ours.map(({ cpu }) => cpu)) / base,
    ratioByPart:
      base === null
        ? null
        : Object.fromEntries(
            Object.keys(ours[0]?.cpuByPart ?? {}).map(part => [
              part,
              median(ours.map(({ cpuByPart }) => cpuByPart[part] ?? 0)) / base,
            ]),
          ),
    get,
    getRatio: get.nginx ? get.lienthong.cpu / get.nginx.cpu : null,
    open: { ...open, rate },
    profile,
  }
}

export const isLienthong = (trial: Trial | LienthongTrial): trial is LienthongTrial => 'batches' in trial

/** nginx, Lienthong, nginx, Lienthong, nginx: the machine's own drift falls on both. */
async function interleave(
  stage: Stage,
  nginx: Subject | null,
  lienthong: Lienthong,
  load: Load,
  say: Say,
): Promise<readonly (Trial | LienthongTrial)[]> {
  const rounds: (Trial | LienthongTrial)[] = []
  for (const subject of [nginx, lienthong, nginx, lienthong, nginx]) {
    if (subject === null) continue
    say(`POST ${subject.name}`)
    rounds.push(
      subject === lienthong ? await tryLienthong(stage, lienthong, load) : await tryNginx(stage, subject, load),
    )
  }
  return rounds
}

async function pair(stage: Stage, nginx: Subject | null, lienthong: Lienthong, load: Load): Promise<Pair> {
  return {
    nginx: nginx ? await tryNginx(stage, nginx, load) : null,
    lienthong: await tryLienthong(stage, lienthong, load),
  }
}

/** Microseconds between two samples of the profile. */
const SAMPLING_MICROS = 500

/** A gateway of its own under the profiler: its figures count for nothing else. */
async function profiled(stage: Stage, load: Load, say: Say): Promise<ProfileSummary> {
  say('profile')
  const directory = join(stage.directory, 'profile')
  mkdirSync(directory)
  const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${SAMPLING_MICROS}`]
  const subject = await stage.lienthong(flags)
  await stage.load.start({ ...load, port: subject.port })
  await sleep(load.warmUpSeconds * 1000)
  const from = monotonicMicros()
  await sleep(load.seconds * 1000)
  const until = monotonicMicros()
  await stage.load.stop()
  await subject.stop()
  return summarise(directory, from, until)
}

const monotonicMicros = (): number => Number(process.hrtime.bigint() / 1000n)

/** Share of one core that the load generator and the provider used. */
export const othersBusy = (trial: Trial): number =>
  sum([trial.generatorCpu, trial.providerCpu]) * trial.perSecond * 1e-6
