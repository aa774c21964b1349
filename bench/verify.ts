/** `npm run bench:verify`: how long `audit verify` takes over 1,000,000 records, with how much memory, and what a record takes on disk. */
import cliProgress from 'cli-progress'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { KeptHeads } from '../gateway/edge/keys/kept-heads.ts'
import { type Database, openDatabase } from '../gateway/edge/postgres/database.ts'
import { startEmbedded } from '../gateway/edge/postgres/embedded/start.ts'
import { readPostmasterPid } from '../gateway/edge/postgres/embedded/postmaster-pid.ts'
import { migrate } from '../gateway/edge/postgres/migrations/migrate.ts'
import { wholeNumber } from './flags.ts'
import { growLog } from './grow-log.ts'
import { cpuOf } from './measure/processes.ts'
import { megabytes, round, table } from './print.ts'
import { recordedLog } from './recorded-log.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    lanes: { type: 'string', default: '2' },
    control: { type: 'string', default: '0' },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const COMMAND = join(import.meta.dirname, '..', '..', '..', 'dist', 'gateway', 'cli', 'main.js')
/** Between two looks at the memory of the command. */
const LOOK_MILLIS = 250

interface Run {
  readonly seconds: number
  readonly records: number
  readonly good: boolean
  /** Seconds of CPU of the command, and of PostgreSQL meanwhile: they do not depend on what else the machine does. */
  readonly commandCpu: number
  readonly serverCpu: number
  /** Bytes resident: once a quarter of the records was read, and the most ever. */
  readonly early: number
  readonly peak: number
}

async function run(environment: Record<string, string>, key: string, server: number): Promise<Run> {
  const serverBefore = cpuOf(server)
  const began = performance.now()
  const child = spawn(process.execPath, [COMMAND, 'audit', 'verify', '--json', '--key', key], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const looks: number[] = []
  let cpu = 0
  let peak = 0
  const look = setInterval(() => {
    const pid = child.pid ?? 0
    looks.push(residentBytes(pid, 'VmRSS'))
    peak = residentBytes(pid, 'VmHWM') || peak
    cpu = Math.max(cpu, cpuOf(pid))
  }, LOOK_MILLIS)
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  clearInterval(look)
  const { good, records, findings } = JSON.parse(text) as { good: boolean; records: number; findings: unknown[] }
  if (!good) process.stderr.write(`${JSON.stringify(findings.slice(0, 3))}\n`)
  const seconds = (performance.now() - began) / 1000
  const serverCpu = (cpuOf(server) - serverBefore) / 1e6
  return {
    seconds,
    records,
    good,
    commandCpu: cpu / 1e6,
    serverCpu,
    early: looks[looks.length >> 2] ?? 0,
    peak,
  }
}

/** proc(5), /proc/PID/status. */
function residentBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  try {
    return (
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
    )
  } catch {
    return 0
  }
}

const SIZES = `
SELECT (SELECT sum(pg_table_size(relid)) FROM pg_partition_tree('record')) AS "record",
       (SELECT sum(pg_indexes_size(relid)) FROM pg_partition_tree('record')) AS "record, index",
       pg_total_relation_size('tile') AS "tiles",
       (SELECT sum(pg_table_size(relid)) FROM pg_partition_tree('record_search')) AS "search row",
       (SELECT sum(pg_indexes_size(relid)) FROM pg_partition_tree('record_search')) AS "search, indexes",
       (SELECT sum(length(leaf)) FROM record) AS "leaf itself",
       (SELECT count(*) FROM record) AS records`

async function bytesPerRecord(database: Database): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<Record<string, number | string>>(SIZES)
  const { records, ...sizes } = rows[0] ?? {}
  return Object.fromEntries(Object.entries(sizes).map(([what, bytes]) => [what, Number(bytes) / Number(records)]))
}

async function main(): Promise<void> {
  const records = wholeNumber('--records', values.records, 1, 100_000_000)
  const lanes = wholeNumber('--lanes', values.lanes, 1, 64)
  const controlRecords = wholeNumber('--control', values.control, 0, 100_000_000)
  const directory = values.keep ?? mkdtempSync(join(tmpdir(), 'lienthong-bench-'))
  const server = await startEmbedded({ dataDirectory: directory })
  const stop = async (): Promise<void> => {
    await server.stop()
    if (values.keep === undefined) rmSync(directory, { recursive: true, force: true })
  }
  process.once('SIGINT', () => void stop().then(() => process.exit(130)))
  const database = openDatabase(server.adminUrl, { name: 'bench' })
  try {
    await migrate(server.adminUrl)
    const key = join(directory, 'control.pub')
    const grown = await database.pool.query('SELECT FROM lane LIMIT 1')
    const began = performance.now()
    if (grown.rowCount === 0) {
      const bar = new cliProgress.SingleBar({
        format: 'making the log {bar} {value} of {total} records',
        stream: process.stderr,
      })
      if (process.stderr.isTTY) bar.start(records, 0)
      const log = await recordedLog()
      const each = Math.ceil(records / lanes)
      const { controlKey } = await growLog({
        database,
        heads: new KeptHeads(join(directory, 'heads')),
        lanes: Array.from({ length: lanes }, () => firstOf(log.leaves(each, 997, true), each)),
        controlRecords,
        onRecords: count => bar.increment(count),
      })
      bar.stop()
      writeFileSync(key, controlKey)
      await database.pool.query({ text: 'VACUUM ANALYZE' })
    }
    const made = (performance.now() - began) / 1000
    const postmaster = await readPostmasterPid(join(directory, 'pgdata'))
    const verified = await run({ DATA_DIR: directory, DATABASE_URL: server.runtimeUrl }, key, postmaster?.pid ?? 0)
    const sizes = await bytesPerRecord(database)
    if (values.json) console.log(JSON.stringify({ made, ...verified, sizes }))
    else print(made, verified, sizes)
    if (!verified.good) process.exitCode = 1
  } finally {
    await database.close()
    await stop()
  }
}

function* firstOf(leaves: Iterable<{ leaf: Uint8Array }>, count: number): Generator<Uint8Array> {
  let taken = 0
  for (const { leaf } of leaves) {
    if (taken++ === count) return
    yield leaf
  }
}

function print(
  made: number,
  { seconds, records, good, commandCpu, serverCpu, early, peak }: Run,
  sizes: Record<string, number>,
): void {
  console.log(
    table(
      [
        'records',
        'made in',
        'verified in',
        'a second',
        'CPU',
        'of PostgreSQL',
        'memory early',
        'memory at most',
        'good',
      ],
      [
        [
          records,
          `${round(made)} s`,
          `${round(seconds)} s`,
          Math.round(records / seconds),
          `${round(commandCpu)} s`,
          `${round(serverCpu)} s`,
          megabytes(early),
          megabytes(peak),
          String(good),
        ],
      ],
    ),
  )
  console.log(
    `\n${table(
      ['on disk', 'bytes a record'],
      Object.entries(sizes).map(([what, bytes]) => [what, Math.round(bytes)]),
    )}`,
  )
}

await main().catch((thrown: unknown) => {
  console.error(thrown)
  process.exitCode = 2
})
