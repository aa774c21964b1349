/** `npm run bench`: Lienthong against nginx as a bare mTLS -> mTLS proxy, CPU for CPU, in one run. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { compare } from './compare.ts'
import { describe } from './describe.ts'
import { setStage } from './stage.ts'
import { wholeNumber } from './flags.ts'

const USAGE = `npm run bench -- [flags]
  --connections N   kept connections of the load generator (64)
  --seconds N       length of each measurement (6)
  --warm-up N       load before each measurement, in seconds (6)
  --core N          core of the subject (0); load generator and provider take the one behind it
  --node-flag F     a flag of node for the gateway, like --max-semi-space-size=64; may come again
  --no-profile      without the run under the profiler
  --json            results as JSON on stdout`

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '6' },
    'warm-up': { type: 'string', default: '6' },
    core: { type: 'string', default: '0' },
    'node-flag': { type: 'string', multiple: true, default: [] },
    'no-profile': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE)
  const cores = availableParallelism()
  if (cores < 2) throw new Error('two cores are needed: one for the subject, one for load generator and provider')
  const core = wholeNumber('--core', values.core, 0, cores - 1)
  const options = {
    connections: wholeNumber('--connections', values.connections, 1, 1000),
    seconds: wholeNumber('--seconds', values.seconds, 1, 60),
    warmUpSeconds: wholeNumber('--warm-up', values['warm-up'], 0, 60),
    nodeFlags: values['node-flag'],
    profile: !values['no-profile'],
  }
  const stage = await setStage({ subject: core, others: (core + 1) % cores })
  const stop = (): void => void stage.close().then(() => process.exit(1))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    const comparison = await compare(stage, options, what => process.stderr.write(`${what}\n`))
    console.log(values.json ? JSON.stringify(comparison, null, 2) : `\n${describe(comparison)}`)
  } finally {
    await stage.close()
  }
}

await main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 2
})
