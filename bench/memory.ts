/** `npm run bench:memory`: resident memory of gateway and PostgreSQL under minutes of steady load. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { wholeNumber } from './flags.ts'
import { residentOf } from './measure/processes.ts'
import { REQUESTS } from './messages.ts'
import { megabytes, round, table } from './print.ts'
import { setStage, type Stage } from './stage.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
})

interface Moment {
  readonly minute: number
  readonly exchanges: number
  readonly gatewayRss: number
  /** Each page that PostgreSQL's processes share counted once. */
  readonly postgresPss: number
  /** The sum over its processes: shared buffers counted for each that touched them. */
  readonly postgresRss: number
}

async function measure(stage: Stage, minutes: number, rate: number): Promise<readonly Moment[]> {
  const subject = await stage.lienthong()
  const { gateway = 0, PostgreSQL = 0 } = subject.parts
  await stage.load.start({ port: subject.port, request: REQUESTS.post, connections: 64, rate })
  const began = Date.now()
  const moments: Moment[] = []
  for (let minute = 0; minute <= minutes; minute++) {
    await sleep(Math.max(0, began + minute * 60_000 - Date.now()))
    const { answers, failures } = await stage.load.result()
    if (failures > 0) throw new Error(`${failures} answers failed`)
    const postgres = residentOf(PostgreSQL)
    const moment = {
      minute,
      exchanges: answers,
      gatewayRss: residentOf(gateway).rss,
      postgresPss: postgres.pss,
      postgresRss: postgres.rss,
    }
    moments.push(moment)
    process.stderr.write(`minute ${minute}: gateway ${megabytes(moment.gatewayRss)}\n`)
  }
  await stage.load.stop()
  return moments
}

function describe(moments: readonly Moment[], rate: number): string {
  const [first, last] = [moments[1], moments[moments.length - 1]]
  const growth =
    first && last && last.minute > first.minute
      ? `Gateway from minute 1 to ${last.minute}: ${round((last.gatewayRss / first.gatewayRss - 1) * 100)} %.`
      : ''
  return [
    `POST of 1 KiB, ${rate} a second; PSS counts pages that PostgreSQL's processes share once, RSS for each process`,
    table(
      ['minute', 'exchanges', 'gateway RSS', 'PostgreSQL PSS', 'PostgreSQL RSS'],
      moments.map(moment => [
        moment.minute,
        moment.exchanges,
        megabytes(moment.gatewayRss),
        megabytes(moment.postgresPss),
        megabytes(moment.postgresRss),
      ]),
    ),
    growth,
  ].join('\n\n')
}

async function main(): Promise<void> {
  const minutes = wholeNumber('--minutes', values.minutes, 1, 24 * 60)
  const rate = wholeNumber('--rate', values.rate, 1, 100_000)
  const pinned = availableParallelism() >= 2
  const stage = await setStage({ subject: pinned ? 0 : null, others: pinned ? 1 : null })
  const stop = (): void => void stage.close().then(() => process.exit(1))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    const moments = await measure(stage, minutes, rate)
    console.log(values.json ? JSON.stringify(moments, null, 2) : describe(moments, rate))
  } finally {
    await stage.close()
  }
}

await main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 2
})
