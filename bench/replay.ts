/** `npm run bench:build && node var/bench/bench/replay.js`: how long a replay of 1,000,000 recorded exchanges takes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { parse } from 'yaml'
import type { ConfigurationDocument } from '../gateway/configuration/document.ts'
import { newLaneName, parseGatewayId } from '../gateway/domain/gateway-id.ts'
import { must } from '../gateway/domain/result.ts'
import { openDecidedReader } from '../gateway/edge/postgres/decided-records.ts'
import { startEmbedded } from '../gateway/edge/postgres/embedded/start.ts'
import { migrate } from '../gateway/edge/postgres/migrations/migrate.ts'
import { replayLog } from '../gateway/review/replay-log.ts'
import { keepWasmCallsPlain } from '../gateway/edge/plain-wasm-calls.ts'
import { fillLane } from './fill-lane.ts'
import { megabytes, round, table } from './print.ts'
import { type LogShape, type RecordedLog, recordedLog } from './recorded-log.ts'

type Guardrail = NonNullable<ConfigurationDocument['guardrails']>[number]

const { values } = parseArgs({
  options: {
    exchanges: { type: 'string', default: '1000000' },
    answers: { type: 'boolean', default: false },
    // Spreads them over a week, under the starter guardrails (deploy/demo/guardrails), and more that read the time of day.
    guardrails: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const EXCHANGES = Number(values.exchanges)
const PLANT_EVERY = 997
const WEEK_MICROS = 7 * 86_400_000_000

/** `none`, `starter`, `clock` (with one that reads the hour) or `sums` (with one that counts with it). */
function shapeOf(name: string): LogShape {
  if (name === '') return {}
  const starter = readdirSync('deploy/demo/guardrails').map(
    file => parse(readFileSync(join('deploy/demo/guardrails', file), 'utf8')) as Guardrail,
  )
  const more = (condition: string): Guardrail => ({
    id: 'more',
    title: { en: 'More', vi: 'Thêm' },
    policy: `forbid (principal, action, resource == Service::"G99.10/nothing/v1") when { ${condition} };`,
    tests: starter[0]?.tests ?? [],
  })
  const guardrails = {
    none: [],
    starter,
    clock: [...starter, more('context.minuteOfDay < 420 || context.minuteOfDay >= 1080')],
    sums: [...starter, more('context.minuteOfDay + 1 > 1080')],
  }[name]
  if (!guardrails) throw new Error('--guardrails: none, starter, clock or sums')
  return { guardrails, step: Math.floor(WEEK_MICROS / EXCHANGES), anyHour: true }
}

interface Measured {
  readonly exchanges: number
  readonly records: number
  readonly seconds: number
  readonly planted: number
  readonly found: number
  /** Planted and not named, or named and not planted. */
  readonly wrong: number
  readonly findings: number
  readonly memory: number
}

async function measure(adminUrl: string, log: RecordedLog): Promise<Measured> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  const planted = new Set<string>()
  const leaves = function* (): Generator<Uint8Array> {
    for (const { leaf, exchange, plant } of log.leaves(EXCHANGES, PLANT_EVERY, values.answers)) {
      if (plant !== null) planted.add(exchange)
      yield leaf
    }
  }
  const records = await fillLane(client, newLaneName(must(parseGatewayId('gateway-1'))), '2026-06-02', leaves())
  // As the database does by itself on a log that grew over days.
  await client.query('VACUUM ANALYZE record')
  await client.end()

  const found = new Set<string>()
  const began = performance.now()
  const reader = await openDecidedReader(adminUrl, { from: null, to: null })
  const { findingCount, replayed } = await replayLog({
    reader,
    candidate: log.candidate,
    policyOf: number => (number === 0 ? log.decider : null),
    from: null,
    to: null,
    signal: new AbortController().signal,
    onDifference: ({ exchange }) => void found.add(exchange ?? '?'),
  })
  await reader.close()
  const seconds = (performance.now() - began) / 1000
  if (replayed !== EXCHANGES) throw new Error(`${replayed} of ${EXCHANGES} were replayed`)
  return {
    exchanges: EXCHANGES,
    records,
    seconds,
    planted: planted.size,
    found: found.size,
    wrong: [...planted].filter(id => !found.has(id)).length + [...found].filter(id => !planted.has(id)).length,
    findings: findingCount,
    memory: process.memoryUsage.rss(),
  }
}

keepWasmCallsPlain()
const directory = mkdtempSync(join(tmpdir(), 'lienthong-bench-'))
const server = await startEmbedded({ dataDirectory: directory })
try {
  await migrate(server.adminUrl)
  const measured = await measure(server.adminUrl, await recordedLog(shapeOf(values.guardrails)))
  if (values.json) console.log(JSON.stringify(measured))
  else
    console.log(
      table(
        ['exchanges', 'records', 'seconds', 'a second', 'planted', 'found', 'wrong', 'not reproduced', 'memory'],
        [
          [
            measured.exchanges,
            measured.records,
            round(measured.seconds),
            Math.round(measured.exchanges / measured.seconds),
            measured.planted,
            measured.found,
            measured.wrong,
            measured.findings,
            megabytes(measured.memory),
          ],
        ],
      ),
    )
  // Spread over a week, some of those planted outside of their hours lie within them.
  if ((measured.wrong > 0 && values.guardrails === '') || measured.findings > 0) process.exitCode = 1
} finally {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}
